#include <fcntl.h>

#include <boost/json/serialize.hpp>
#include <future>

#include "tests/api/daemon_fixture.h"

using namespace consort;
using namespace consort::daemon::testing;

namespace {

struct Output {
  std::string out, err, error;
  std::optional<int> code;
};

// What an upgraded connection gives up to its last frame.
Output output_of(int fd) {
  Output output;
  api::FrameParser parser;
  for (;;) {
    auto frame = parser.next();
    BOOST_REQUIRE(frame);
    if (!*frame) {
      const auto more = api::receive_into(fd, parser);
      if (!more || !*more) return output;
      continue;
    }
    if ((*frame)->type == api::Frame::stdout_data) output.out += (*frame)->payload;
    if ((*frame)->type == api::Frame::stderr_data) output.err += (*frame)->payload;
    if ((*frame)->type == api::Frame::error) output.error = (*frame)->payload;
    if ((*frame)->type == api::Frame::exit) output.code = api::decode_exit((*frame)->payload);
  }
}

bool ends_with(std::string_view text, std::string_view end) { return text.ends_with(end); }

}  // namespace

BOOST_AUTO_TEST_SUITE(supervisor_process)

BOOST_FIXTURE_TEST_CASE(a_service_comes_up_is_seen_and_goes_without_a_trace, Place) {
  service("web", "echo hello; exec sleep 1000");
  Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(supervisor.word(), "ready\n");
  BOOST_TEST(problem_of(up()) == "");
  const auto replica = this->replica("web");
  BOOST_TEST(replica.at("state").as_string() == "running");
  const std::int64_t pid = replica.at("pid").as_int64();
  BOOST_TEST(lives(pid));
  const auto lines = log("web", 1);
  BOOST_REQUIRE(lines.size() == 1u);
  BOOST_TEST(lines[0].starts_with("web-1 "));
  BOOST_TEST(ends_with(lines[0], " stdout F hello"));
  BOOST_TEST(problem_of(post("/v1/down", json::object())) == "");
  BOOST_TEST(!lives(pid));
  BOOST_TEST(!fs::exists(options.paths.state));
  BOOST_TEST(!fs::exists(options.paths.runtime));
  BOOST_TEST(supervisor.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(its_files_are_private, Place) {
  service("web", "exec sleep 1000");
  const Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  constexpr auto others = fs::perms::group_all | fs::perms::others_all;
  constexpr auto write = fs::perms::group_write | fs::perms::others_write;
  for (const auto& top : {options.paths.state, options.paths.runtime}) {
    BOOST_TEST(((fs::status(top).permissions() & others) == fs::perms::none), top);
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      if (entry.is_symlink()) continue;
      // Only an instance's log may be read by others, once somebody opens its directory to them.
      const bool log = entry.path().extension() == ".log" && entry.path().parent_path() != top;
      BOOST_TEST(((entry.status().permissions() & (log ? write : others)) == fs::perms::none),
                 entry.path());
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_second_supervisor_names_the_first, Place) {
  const Supervisor first(options);
  BOOST_REQUIRE_EQUAL(first.word(), "ready\n");
  Supervisor second(options);
  BOOST_TEST(second.word() == "a supervisor of project shop runs already (pid " +
                                  std::to_string(first.pid()) + ")\n");
  BOOST_TEST(second.wait() == 7);
  BOOST_TEST(static_cast<bool>(client().get("/v1/version")));
}

// Whatever goes of the way to the socket, and however often.
BOOST_FIXTURE_TEST_CASE(a_removed_socket_comes_back, Place) {
  service("web", "exec sleep 1000");
  Supervisor supervisor(options);
  BOOST_REQUIRE(problem_of(up()) == "");
  const auto answers_again = [&] {
    for (int i = 0; i < 2000; ++i) {
      if (client().get("/v1/version")) return true;
      ::usleep(10'000);
    }
    return false;
  };
  BOOST_REQUIRE(fs::remove(options.paths.socket));
  BOOST_TEST(answers_again());
  fs::rename(options.paths.runtime, root / "run" / "aside");
  BOOST_TEST(answers_again());
  fs::rename(root / "run", root / "gone");
  BOOST_TEST(answers_again());
  fs::rename(root / "run", root / "gone2");  // what was made anew is watched too
  BOOST_TEST(answers_again());
  BOOST_TEST(replica("web").at("state").get_string() == "running");
  BOOST_TEST(problem_of(post("/v1/down", json::object())) == "");
  BOOST_TEST(supervisor.wait() == 0);
}

// Another supervisor may have the project by then.
BOOST_FIXTURE_TEST_CASE(a_supervisor_that_lost_its_lock_leaves_the_socket_alone, Place) {
  Supervisor old(options);
  BOOST_REQUIRE(old.word() == "ready\n");
  fs::remove_all(options.paths.state);
  Supervisor heir(options);
  BOOST_REQUIRE(heir.word() == "ready\n");
  for (int i = 0; i < 3; ++i) {
    const auto version = client().get("/v1/version");
    BOOST_REQUIRE(version);
    BOOST_TEST(version->at("pid").as_int64() == heir.pid());
  }
  old.kill(SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(a_killed_supervisor_is_replaced_and_adopts_what_runs, Place) {
  service("web", "echo one; exec sleep 1000");
  service("job", "exit 7");
  std::int64_t pid = 0;
  {
    Supervisor first(options);
    BOOST_REQUIRE_EQUAL(problem_of(up()), "");
    BOOST_REQUIRE(log("web", 1).size() == 1u);
    pid = replica("web").at("pid").as_int64();
    BOOST_TEST(client().get("/v1/wait?service=job")->at("exit").at("code").as_int64() == 7);
    first.kill(SIGKILL);
  }
  const Supervisor second(options);
  BOOST_REQUIRE_EQUAL(second.word(), "ready\n");
  BOOST_TEST(replica("web").at("pid").as_int64() == pid);
  BOOST_TEST(replica("web").at("state").as_string() == "running");
  BOOST_TEST(replica("job").at("last_exit").at("code").as_int64() == 7);
  BOOST_TEST(log("web", 1).size() == 1u);
  BOOST_TEST(problem_of(post("/v1/stop", json::object())) == "");
  BOOST_TEST(!lives(pid));
}

BOOST_FIXTURE_TEST_CASE(an_exit_while_nobody_watched_is_known_to_the_next_supervisor, Place) {
  service("web", "read line < gate; exit 9");
  const fs::path gate = root / "gate";
  BOOST_REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  std::int64_t pid = 0;
  {
    Supervisor first(options);
    BOOST_REQUIRE_EQUAL(problem_of(up()), "");
    pid = replica("web").at("pid").as_int64();
    first.kill(SIGKILL);
  }
  Fd(::open(gate.c_str(), O_WRONLY | O_CLOEXEC)).reset();  // end of file: it exits
  while (lives(pid)) ::sched_yield();
  const Supervisor second(options);
  const auto exit = client().get("/v1/wait?service=web");
  BOOST_REQUIRE(exit);
  BOOST_TEST(exit->at("exit").at("code").as_int64() == 9);
}

BOOST_FIXTURE_TEST_CASE(a_supervisor_that_is_told_to_stop_leaves_its_services, Place) {
  service("web", "exec sleep 1000");
  Supervisor first(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  const std::int64_t pid = replica("web").at("pid").as_int64();
  BOOST_TEST(static_cast<bool>(client().post("/v1/supervisor/stop", json::object())));
  // The answer means that another may take over at once, though the process may still be there.
  const Supervisor second(options);
  BOOST_REQUIRE_EQUAL(second.word(), "ready\n");
  BOOST_TEST(first.wait() == 0);
  BOOST_TEST(lives(pid));
  BOOST_TEST(replica("web").at("pid").as_int64() == pid);
}

BOOST_FIXTURE_TEST_CASE(a_terminated_supervisor_leaves_its_services, Place) {
  service("web", "exec sleep 1000");
  Supervisor first(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  const std::int64_t pid = replica("web").at("pid").as_int64();
  BOOST_TEST(first.kill(SIGTERM) == 0);
  BOOST_TEST(lives(pid));
  BOOST_TEST(!fs::exists(options.paths.socket));
}

BOOST_FIXTURE_TEST_CASE(a_first_up_that_is_refused_leaves_nothing, Place) {
  auto& web = service("web", "true");
  web.argv = {"/no/such/program"};
  web.spec["command"] = json::array{"/no/such/program"};
  Supervisor supervisor(options);
  const std::string error = error_in(up());
  BOOST_TEST(error.find("/no/such/program") != std::string::npos, error);
  BOOST_TEST(!fs::exists(options.paths.state));
  BOOST_TEST(supervisor.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(followers_see_the_last_line_and_the_end_at_down, Place) {
  service("web", "trap 'echo bye; exit 0' TERM; echo hi; while :; do sleep 1000 & wait; done");
  const Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  std::promise<void> followed;
  std::vector<std::string> lines;
  auto follower = std::async(std::launch::async, [&] {
    return client().get_lines("/v1/logs?follow=1", [&](std::string_view line) {
      if (lines.empty()) followed.set_value();
      lines.emplace_back(line);
      return true;
    });
  });
  followed.get_future().wait();
  BOOST_TEST(problem_of(post("/v1/down", json::object())) == "");
  BOOST_TEST(static_cast<bool>(follower.get()));
  BOOST_TEST(ends_with(lines.back(), " stdout F bye"));
}

BOOST_FIXTURE_TEST_CASE(who_follows_until_the_end_sees_every_line_up_to_it, Place) {
  // "first" ends at once; "second" starts then, fails once, and ends well in its second life.
  service("first", "echo one");
  auto& second = service("second", "echo two; [ -e again ] || { touch again; exit 1; }; seq 3 500");
  second.restart.condition = model::RestartCondition::on_failure;
  const Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  std::vector<std::string> lines;
  const auto follow = [&] {
    return client().get_lines("/v1/logs?follow=1&until_ended=1", [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
  };
  BOOST_TEST(static_cast<bool>(follow()));
  BOOST_TEST(lines.size() == 501u);
  BOOST_TEST(ends_with(lines.back(), " stdout F 500"));
  // Again, as nothing is about to start.
  lines.clear();
  BOOST_TEST(static_cast<bool>(follow()));
  BOOST_TEST(lines.size() == 501u);
}

BOOST_FIXTURE_TEST_CASE(the_next_supervisor_finds_the_runtimes_where_the_former_did, Place) {
  service("web", "while :; do sleep 0.01; done");
  {
    Supervisor former(options);
    BOOST_REQUIRE_EQUAL(problem_of(up()), "");
    former.kill(SIGKILL);
  }
  options.plugin_dirs = {(root / "other").string()};
  {
    Supervisor next(options);
    BOOST_TEST(replica("web").at("state").as_string() == "running");
    next.kill(SIGKILL);
  }
  options.plugin_dirs.clear();
  const Supervisor last(options);
  BOOST_TEST(replica("web").at("state").as_string() == "running");
  BOOST_TEST(problem_of(post("/v1/restart", json::object())) == "");
}

// The first that is done must not cut off the other.
BOOST_FIXTURE_TEST_CASE(two_that_take_it_down_are_both_told_that_it_is_down, Place) {
  service("web", "trap '' TERM; echo up; while :; do sleep 0.01; done").stop_grace_period =
      std::chrono::milliseconds(200);
  Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  log("web", 1);
  const auto down = [&] { return problem_of(post("/v1/down", json::object())); };
  auto other = std::async(std::launch::async, down);
  BOOST_TEST(down() == "");
  BOOST_TEST(other.get() == "");
  BOOST_TEST(supervisor.wait() == 0);
  BOOST_TEST(!fs::exists(options.paths.state));
}

BOOST_FIXTURE_TEST_CASE(one_that_has_a_command_under_way_is_not_idle, Place) {
  options.plugin_dirs = {CONSORT_BINARY_DIR "/tests/plugins"};
  options.idle_patience = std::chrono::milliseconds(500);
  const std::string go = root / "go";  // its runtime comes up once this is opened
  BOOST_REQUIRE(::mkfifo(go.c_str(), 0600) == 0);
  service("web", "true").runtime = "probe";
  project.runtime_settings["probe"] = {{"block", go}};
  Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(supervisor.word(), "ready\n");
  auto pulled = std::async(std::launch::async, [&] {
    api::ImagesRequest request;
    request.project = project;
    return post("/v1/pull", api::to_json(request));
  });
  BOOST_TEST((pulled.wait_for(3 * options.idle_patience) == std::future_status::timeout));
  const auto ignore = [](std::string_view) { return true; };
  BOOST_TEST(static_cast<bool>(client().get_lines("/v1/events?follow=0", ignore)));
  const Fd writer(::open(go.c_str(), O_WRONLY | O_CLOEXEC));
  BOOST_TEST(error_in(pulled.get()) == "");
  BOOST_TEST(supervisor.wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(one_that_is_asked_for_nothing_goes, Place) {
  options.idle_patience = std::chrono::milliseconds(1);
  Supervisor supervisor(options);
  BOOST_TEST(supervisor.wait() == 0);
  BOOST_TEST(!fs::exists(options.paths.state));
}

BOOST_FIXTURE_TEST_CASE(an_exec_has_input_output_and_an_exit_code, Place) {
  service("web", "exec sleep 1000");
  const Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  api::ExecRequest request;
  request.service = "web";
  request.argv = {"/bin/sh", "-c", "cat; echo problem >&2; exit 5"};
  const auto fd = client().upgrade("/v1/exec", api::to_json(request));
  BOOST_REQUIRE(fd);
  const std::string big(300'000, 'x');
  auto sent = std::async(std::launch::async, [&] {
    return api::send_frame(fd->get(), api::Frame::stdin_data, big) &&
           api::send_frame(fd->get(), api::Frame::stdin_end, "");
  });
  const Output output = output_of(fd->get());
  BOOST_TEST(sent.get());
  BOOST_TEST((output.out == big), output.out.size());
  BOOST_TEST(output.err == "problem\n");
  BOOST_TEST(output.error == "");
  BOOST_TEST(output.code.value_or(-1) == 5);
}

BOOST_FIXTURE_TEST_CASE(an_exec_ends_with_its_client, Place) {
  service("web", "exec sleep 1000");
  const Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  api::ExecRequest request;
  request.service = "web";
  request.argv = {"/bin/sh", "-c", "echo $$; exec sleep 1000"};
  std::int64_t pid = 0;
  {
    const auto fd = client().upgrade("/v1/exec", api::to_json(request));
    BOOST_REQUIRE(fd);
    api::FrameParser parser;
    while (pid == 0) {
      BOOST_REQUIRE(*api::receive_into(fd->get(), parser));
      auto frame = parser.next();
      if (*frame) pid = std::stoll((*frame)->payload);
    }
    BOOST_TEST(lives(pid));
  }
  while (lives(pid)) ::sched_yield();
}

BOOST_FIXTURE_TEST_CASE(an_exec_in_what_does_not_run_is_an_error, Place) {
  const Supervisor supervisor(options);
  const auto fd =
      client().upgrade("/v1/exec", json::object{{"service", "web"}, {"argv", json::array{"true"}}});
  BOOST_REQUIRE(fd);
  const Output output = output_of(fd->get());
  BOOST_TEST(output.error.find("not_found") != std::string::npos, output.error);
}

BOOST_FIXTURE_TEST_CASE(a_one_off_run_gives_its_output_and_its_exit_code, Place) {
  service("job", "echo never");
  const Supervisor supervisor(options);
  api::RunRequest request;
  request.project = project;
  request.service = "job";
  request.argv = {"/bin/sh", "-c", "read x; echo got $x; echo $EXTRA >&2; exit 3"};
  request.environment = {"EXTRA=more"};
  request.remove = true;
  const auto fd = client().upgrade("/v1/run", api::to_json(request));
  BOOST_REQUIRE(fd);
  BOOST_REQUIRE(api::send_frame(fd->get(), api::Frame::stdin_data, "word\n"));
  const Output output = output_of(fd->get());
  BOOST_TEST(output.error == "");
  BOOST_TEST(output.out == "got word\n");
  BOOST_TEST(output.err == "more\n");
  BOOST_TEST(output.code.value_or(-1) == 3);
  BOOST_TEST(replica("job").empty());
}

BOOST_FIXTURE_TEST_CASE(stats_are_of_what_runs, Place) {
  // The kernel counts a small program's pages late: it holds some megabytes before it is measured.
  service("web", "x=$(head -c 8000000 /dev/zero | tr '\\0' x); echo >full; sleep 1000");
  service("job", "until test -e full; do sleep 0.01; done");
  const Supervisor supervisor(options);
  BOOST_REQUIRE_EQUAL(problem_of(up()), "");
  BOOST_REQUIRE(client().get("/v1/wait?service=job"));
  const auto answer = client().get("/v1/stats");
  BOOST_REQUIRE(answer);
  const auto& all = answer->at("stats").as_array();
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].at("service").as_string() == "web");
  BOOST_TEST(all[0].at("memory_bytes").to_number<std::int64_t>() > 0);
}

BOOST_FIXTURE_TEST_CASE(a_project_of_another_name_is_refused, Place) {
  const Supervisor supervisor(options);
  service("web", "true");
  project.name = "other";
  BOOST_TEST(error_in(up()) ==
             "cannot bring up project other: this is the supervisor of project shop");
}

BOOST_AUTO_TEST_SUITE_END()
