// What a plugin has beyond the base: exec, stdin, signals, stats, logs and the rest.
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>

#include "tests/runtime/host_fixture.h"

namespace consort::runtime {
namespace {

using base::ErrorKind;
using test::contains;

std::pair<base::Fd, base::Fd> make_pipe() {
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  return {base::Fd(ends[0]), base::Fd(ends[1])};
}
ExecRequest request(std::vector<std::string> argv) {
  ExecRequest request;
  request.argv = std::move(argv);
  return request;
}

BOOST_FIXTURE_TEST_SUITE(driver_extensions, test::HostFixture)

BOOST_AUTO_TEST_CASE(features_are_those_of_the_manifest) {
  BOOST_TEST(driver().has("consort.exec/1"));
  BOOST_TEST(driver().has("consort.future/7"));  // unknown to this host, and harmless
  BOOST_TEST(!driver().has("consort.project/1"));
  BOOST_TEST(!driver("bare").has("consort.exec/1"));
}

BOOST_AUTO_TEST_CASE(what_a_plugin_has_not_is_unsupported) {
  Driver& bare = driver("bare");
  const auto unsupported = [](const auto& result) {
    return !result && result.error().kind() == ErrorKind::unsupported;
  };
  const auto exec = run(bare.exec("a", request({"0"}), {}));
  BOOST_REQUIRE(unsupported(exec));
  BOOST_TEST(exec.error().message() == "runtime bare cannot do this");
  BOOST_TEST(unsupported(run(bare.open_stdin("a"))));
  BOOST_TEST(unsupported(run(bare.close_stdin("a"))));
  BOOST_TEST(unsupported(run(bare.show_output("a", base::Fd(), base::Fd()))));
  BOOST_TEST(unsupported(run(bare.signal("a", "SIGHUP"))));
  BOOST_TEST(unsupported(run(bare.stats("a"))));
  BOOST_TEST(unsupported(run(bare.list())));
  BOOST_TEST(unsupported(run(bare.validate(task("a")))));
  BOOST_TEST(unsupported(run(bare.fingerprint())));
  BOOST_TEST(unsupported(run(bare.pull_images({}))));
  BOOST_TEST(unsupported(run(bare.build_images({}))));
  BOOST_TEST(unsupported(run(bare.images())));
  BOOST_TEST(unsupported(run(bare.trust("build", ""))));
  bare.answer(1, {});
  bare.change_environment({});
  bare.resize("a", 1, 1);
  bare.exec_resize(1, 1, 1);
  BOOST_TEST(!!run(bare.start(task("a"))));
  // Declared, but not overridden.
  const auto not_overridden = run(driver().close_stdin("a"));
  BOOST_REQUIRE(unsupported(not_overridden));
  BOOST_TEST(not_overridden.error().message() == "runtime probe cannot do this");
  // Declared, and without a table.
  BOOST_TEST(unsupported(run(driver("plainc").signal("a", "SIGHUP"))));
  until([&] { return logged("it declares consort.signal/1 and gives no table for it"); });
}

BOOST_AUTO_TEST_CASE(exec_passes_descriptors_and_tells_the_code) {
  auto [in_read, in_write] = make_pipe();
  auto [out_read, out_write] = make_pipe();
  BOOST_REQUIRE(::write(in_write.get(), "hello", 5) == 5);
  in_write.reset();
  ExecRequest cat = request({"cat"});
  cat.in = std::move(in_read);
  cat.out = std::move(out_write);
  const auto code = run(driver().exec("a", std::move(cat), {}));
  BOOST_REQUIRE(code);
  BOOST_TEST(*code == 0);
  char bytes[16];
  BOOST_TEST(::read(out_read.get(), bytes, sizeof bytes) == 5);
  BOOST_TEST(::read(out_read.get(), bytes, sizeof bytes) == 0);  // the plugin's end is closed
  BOOST_TEST(*run(driver().exec("a", request({"43"}), {})) == 43);
}

BOOST_AUTO_TEST_CASE(descriptors_are_closed_where_there_is_no_exec) {
  auto [read_end, write_end] = make_pipe();
  ExecRequest exec = request({"cat"});
  exec.out = std::move(write_end);
  BOOST_TEST(!run(driver("bare").exec("a", std::move(exec), {})));
  char byte;
  BOOST_TEST(::read(read_end.get(), &byte, 1) == 0);
}

BOOST_AUTO_TEST_CASE(exec_can_be_resized_by_its_id) {
  std::uint64_t id = 0;
  std::optional<Result<int>> code;
  asio::co_spawn(core,
                 driver().exec("a", request({"wait"}), [&](std::uint64_t exec) { id = exec; }),
                 [&](std::exception_ptr, Result<int> result) { code = result; });
  until([&] { return id != 0; });
  driver().exec_resize(id, 24, 80);
  until([&] { return code.has_value(); });
  BOOST_TEST(**code == 2480);
}

BOOST_AUTO_TEST_CASE(a_cancelled_exec_ends_its_command) {
  std::uint64_t id = 0;
  std::optional<Result<int>> code;
  asio::cancellation_signal cancel;
  asio::co_spawn(
      core, driver().exec("a", request({"wait"}), [&](std::uint64_t exec) { id = exec; }),
      asio::bind_cancellation_slot(cancel.slot(),
                                   [&](std::exception_ptr, Result<int> result) { code = result; }));
  until([&] { return id != 0; });
  cancel.emit(asio::cancellation_type::terminal);
  until([&] { return code.has_value() && logged("exec cancelled"); });
  until([&] { return runtimes().pending().empty(); });
}

BOOST_AUTO_TEST_CASE(stdin_is_a_descriptor) {
  const auto fd = run(driver().open_stdin("a"));
  BOOST_REQUIRE(fd);
  BOOST_TEST(::write(fd->get(), "x", 1) == 1);
}

BOOST_AUTO_TEST_CASE(output_is_shown_in_pipes_that_the_plugin_closes) {
  auto [read_end, write_end] = make_pipe();
  BOOST_TEST(!!run(driver().show_output("a", std::move(write_end), base::Fd())));
  char bytes[16];
  BOOST_TEST(::read(read_end.get(), bytes, sizeof bytes) == 5);
  BOOST_TEST(::read(read_end.get(), bytes, sizeof bytes) == 0);
}

BOOST_AUTO_TEST_CASE(an_unknown_signal_is_invalid) {
  BOOST_TEST(!!run(driver().signal("a", "SIGHUP")));
  BOOST_TEST((run(driver().signal("a", "SIGNOPE")).error().kind() == ErrorKind::invalid));
}

BOOST_AUTO_TEST_CASE(answers_in_json_are_read) {
  BOOST_TEST(run(driver().stats("a"))->at("pids").to_number<int>() == 3);
  const auto list = run(driver().list());
  BOOST_REQUIRE(list->size() == 2u);
  BOOST_TEST((list->at(0) == std::pair<std::string, bool>("a", true)));
  BOOST_TEST((list->at(1) == std::pair<std::string, bool>("b", false)));
  const auto findings = run(driver().validate(task("a")));
  BOOST_TEST(findings->at(0).pointer == "/binary");
  BOOST_TEST(findings->at(0).message == "is missing");
  const auto fingerprint = run(driver().fingerprint());
  BOOST_TEST(fingerprint->summary == "a probe");
  BOOST_TEST(fingerprint->problems.at(0).second == "rest");
}

BOOST_AUTO_TEST_CASE(images_are_asked_for_with_the_project) {
  const auto problems = run(driver().pull_images({{"starting", boost::json::array{"web"}}}));
  BOOST_REQUIRE(problems->size() == 1u);
  BOOST_TEST(problems->at(0).service == "web");
  BOOST_TEST(problems->at(0).message == R"({"starting":["web"]})");
  BOOST_TEST(run(driver().build_images({}))->empty());
  BOOST_TEST(run(driver().images())->at(0).at("bytes").to_number<int>() == 7);
}

BOOST_AUTO_TEST_CASE(two_plugins_with_the_same_inline_statics_are_apart) {
  const auto count = [&](std::string_view name) {
    return run(driver(name).fingerprint())->facts.at(0).second;
  };
  const int before = std::stoi(count("probe"));
  const int other = std::stoi(count("second"));
  BOOST_TEST(count("probe") == std::to_string(before + 1));
  BOOST_TEST(count("second") == std::to_string(other + 1));
  BOOST_TEST(count("probe") == std::to_string(before + 2));
}

BOOST_AUTO_TEST_CASE(lines_reach_the_store) {
  const auto started = start("a", {"log"});
  BOOST_REQUIRE(started);
  BOOST_TEST(store.stored() == (std::vector<std::string>{"one", "two", "three"}),
             boost::test_tools::per_element());
  BOOST_TEST(started->handle == "after three");  // last_cursor
}

BOOST_AUTO_TEST_CASE(records_reach_the_store_as_they_are) {
  const auto all = start("a", {"records"});
  BOOST_REQUIRE(all);
  BOOST_TEST(all->handle == "7:114 14");
  store.room = 2;
  const auto some = start("b", {"records"});
  BOOST_REQUIRE(some);
  BOOST_TEST(some->handle == "7:108 8");
  BOOST_TEST(store.stored() == (std::vector<std::string>{"one", "two", "three", "one", "two"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_store_stops_a_plugin_and_room_resumes_it) {
  store.room = 1;
  std::optional<Result<Started>> started;
  asio::co_spawn(core, driver().start(task("a", {"log"})),
                 [&](std::exception_ptr, Result<Started> result) { started = result; });
  until([&] { return store.stored().size() == 1; });
  (void)start("b");  // the plugin's thread is free meanwhile
  BOOST_TEST(!started);
  store.make_room("other", 0);
  store.make_room("a", 1);
  until([&] { return store.stored().size() == 2; });
  (void)start("c");
  BOOST_TEST(!started);
  store.make_room("a", 10);
  until([&] { return started.has_value(); });
  BOOST_TEST(store.stored().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_line_that_can_never_be_stored_is_an_error_to_the_plugin) {
  BOOST_TEST(
      contains(start("refused", {"log"}).error().message(), "cannot store a line of refused"));
}

BOOST_AUTO_TEST_CASE(a_question_is_told_and_its_answer_comes_back) {
  std::map<std::string, std::string> answers;
  const auto ask = [&](const std::string& instance, std::vector<std::string> argv) {
    asio::co_spawn(core, driver().start(task(instance, std::move(argv))),
                   [&answers, instance](std::exception_ptr, Result<Started> result) {
                     answers[instance] = result ? result->handle : result.error().message();
                   });
  };
  ask("a", {"ask", "7"});
  ask("b", {"confirm", "8"});
  ask("c", {"ask", "9"});
  until([&] { return sink.told.size() == 3; });
  BOOST_TEST(sink.told == (std::vector<std::string>{"asked probe 7 secret a Passphrase \uFFFD",
                                                    "asked probe 8 confirm b Passphrase \uFFFD",
                                                    "asked probe 9 secret c Passphrase \uFFFD"}),
             boost::test_tools::per_element());
  BOOST_TEST(answers.empty());
  driver().answer(8, {Answer::Kind::nobody});
  driver().answer(7, {Answer::Kind::given, "open sesame"});
  driver().answer(7, {Answer::Kind::given, "twice"});
  driver().answer(9, {Answer::Kind::refused});
  until([&] { return answers.size() == 3; });
  BOOST_TEST(answers["a"] == "open sesame");
  BOOST_TEST(answers["b"] == "nobody answers");
  BOOST_TEST(answers["c"] == "refused");
  (void)start("d");  // whatever else it would say of the second answer is said by now
  BOOST_TEST(!logged("what was not asked"));
}

BOOST_AUTO_TEST_CASE(a_question_that_is_withdrawn_takes_no_answer) {
  const auto answered = std::make_shared<bool>(false);  // the start ends with the fixture
  asio::co_spawn(core, driver().start(task("a", {"ask", "7"})),
                 [answered](std::exception_ptr, Result<Started>) { *answered = true; });
  until([&] { return sink.told.size() == 1; });
  (void)start("b", {"withdraw", "7"});
  until([&] { return sink.told.size() == 2; });
  BOOST_TEST(sink.told[1] == "withdrawn probe 7");
  driver().answer(7, {Answer::Kind::given, "late"});
  (void)start("c");
  BOOST_TEST(!*answered);
  BOOST_TEST(sink.told.size() == 2u);  // the number that nobody asked under is told to nobody
}

BOOST_AUTO_TEST_CASE(a_runtime_that_does_not_declare_its_questions_gets_no_answers) {
  asio::co_spawn(core, driver("bare").start(task("a", {"ask", "7"})),
                 [](std::exception_ptr, Result<Started>) {});
  until([&] { return logged("does not declare consort.prompt/1"); });
  BOOST_TEST(sink.told.empty());
}

BOOST_AUTO_TEST_CASE(trust_is_asked_with_what_was_seen) {
  const auto seen = run(driver().trust("build", "SHA256:abc"));
  BOOST_REQUIRE(seen);
  BOOST_TEST(seen->at("host").as_string() == "build");
  BOOST_TEST(seen->at("fingerprint").as_string() == "SHA256:abc");
  BOOST_TEST(run(driver().trust("nowhere", "")).error().message() == "cannot reach nowhere");
}

BOOST_AUTO_TEST_CASE(a_new_environment_is_told_before_what_comes_after_it) {
  driver().change_environment({{"SSH_AUTH_SOCK", "/run/agent"}});
  BOOST_TEST(start("a", {"environment"})->handle == R"({"SSH_AUTH_SOCK":"/run/agent"})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
