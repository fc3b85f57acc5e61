#include <boost/test/unit_test.hpp>
#include <consort/log_limits.hpp>
#include <optional>

#include "plugins/process/launch.h"
#include "plugins/process/spec_text.h"

namespace consort::process {
namespace {

// A task that would run, to be changed by each test.
struct Case {
  std::vector<const char*> argv = {"sh", "-c", "true", nullptr};
  std::vector<const char*> env = {"PATH=/usr/bin:/bin", "A=1", "HOME=/root", nullptr};
  std::string json = "{}";
  std::string directory = "/";
  const char* signal = nullptr;
  Settings settings;

  Case() {
    settings.exit_dir = "/exits";
    settings.fifo_dir = "/fifos";
    settings.nofile = {100, 200};
  }
  Launch launch() const {
    consort_task raw{};
    raw.size = sizeof raw;
    raw.instance = "web-1-abc";
    raw.project = "p";
    raw.service = "web";
    raw.instance_dir = "/i";
    raw.working_dir = directory.c_str();
    raw.argv = argv.data();
    raw.env = env.data();
    raw.stop_signal = signal;
    raw.stop_grace_ms = 1500;
    raw.service_json = json.c_str();
    return prepare(Task(raw), settings);
  }
  std::string only_obstacle() const {
    const auto found = launch().obstacles;
    return found.size() == 1 ? found[0].pointer + " " + found[0].message : "";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(launch, Case)

BOOST_AUTO_TEST_CASE(the_spec_has_the_program_its_arguments_and_its_limits) {
  signal = "SIGINT";
  const Launch result = launch();
  BOOST_REQUIRE(result.obstacles.empty());
  BOOST_TEST(spec_value(result.spec, "exec").ends_with("/bin/sh"));
  BOOST_TEST(spec_values(result.spec, "arg").size() == 3u);
  BOOST_TEST(spec_value(result.spec, "stop_signal") == "2");
  BOOST_TEST(spec_value(result.spec, "grace_ms") == "1500");
  BOOST_TEST(spec_value(result.spec, "rlimit") == "nofile:100:200");
  BOOST_TEST(spec_value(result.spec, "uid") == "");
}

BOOST_AUTO_TEST_CASE(another_user_gets_his_home_unless_the_service_sets_one) {
  json = R"({"user": "nobody"})";
  Launch result = launch();
  if (!result.obstacles.empty()) return;  // not root
  BOOST_TEST(spec_values(result.spec, "env").size() == 5u);
  const auto has = [](const std::string& spec, std::string_view entry) {
    const auto values = spec_values(spec, "env");
    return std::find(values.begin(), values.end(), entry) != values.end();
  };
  BOOST_TEST(has(result.spec, "USER=nobody"));
  BOOST_TEST(!has(result.spec, "HOME=/root"));
  json = R"({"user": "nobody", "environment": {"HOME": "/root"}})";
  BOOST_TEST(has(launch().spec, "HOME=/root"));
}

BOOST_AUTO_TEST_CASE(ulimits_and_umask_are_passed_on) {
  json = R"({"umask": "027", "ulimits": {"nofile": {"soft": 5, "hard": 6}, "core": 0}})";
  const Launch result = launch();
  BOOST_TEST(spec_value(result.spec, "umask") == "027");
  const auto limits = spec_values(result.spec, "rlimit");
  BOOST_REQUIRE(limits.size() == 2u);
  BOOST_TEST(limits[0] == "nofile:5:6");
  BOOST_TEST(limits[1] == "core:0:0");
}

BOOST_AUTO_TEST_CASE(composes_logging_options_set_the_rotation) {
  json = R"({"logging": {"options": {"max-size": "2m", "max-file": "3"}}})";
  const Launch result = launch();
  BOOST_TEST(spec_value(result.spec, "log_max_bytes") == "2097152");
  BOOST_TEST(spec_value(result.spec, "log_max_files") == "3");
}

BOOST_AUTO_TEST_CASE(sizes_of_logs_are_those_of_docker) {
  struct Row {
    const char* text;
    std::optional<std::uint64_t> bytes;
  };
  for (const auto& row :
       {Row{"100", 100}, Row{"2k", 2048}, Row{"10m", 10 << 20}, Row{"1.5g", 3u << 29},
        Row{"1 GiB", 1 << 30}, Row{"7b", 7}, Row{"2KB", 2048}, Row{"-1", 0}, Row{"0", 0},
        Row{"", {}}, Row{"m", {}}, Row{"-2", {}}, Row{"1e3", {}}, Row{"1.2.3", {}}, Row{"10mm", {}},
        Row{"10 ", 10}, Row{"99999999p", {}}}) {
    BOOST_TEST_CONTEXT(row.text) { BOOST_TEST((parse_log_size(row.text) == row.bytes)); }
  }
  BOOST_TEST(parse_log_count("3").value() == 3u);
  for (const char* none : {"", "-1", "3x", "99999999999"}) {
    BOOST_TEST_CONTEXT(none) { BOOST_TEST(!parse_log_count(none)); }
  }
}

BOOST_AUTO_TEST_CASE(every_obstacle_is_told_with_its_key) {
  argv = {"no-such-program", nullptr};
  directory = "/no-such-directory";
  signal = "SIGNOPE";
  json = R"({"user": "no-such-user", "binary": "no-such-program"})";
  const auto found = launch().obstacles;
  BOOST_REQUIRE(found.size() == 4u);
  BOOST_TEST(found[0].pointer == "/working_dir");
  BOOST_TEST(found[1].pointer == "/binary");
  BOOST_TEST(found[2].pointer == "/user");
  BOOST_TEST(found[3].pointer == "/stop_signal");
  BOOST_TEST(launch().spec.empty());
}

BOOST_AUTO_TEST_CASE(an_exec_takes_over_the_service_and_replaces_what_it_is_given) {
  const Launch service = launch();
  const std::vector<const char*> command = {"echo", "x", nullptr};
  const std::vector<const char*> added = {"A=2", nullptr};
  consort_exec raw{};
  raw.size = sizeof raw;
  raw.argv = command.data();
  raw.env = added.data();
  raw.working_dir = "/tmp";
  raw.user = "";
  raw.in_fd = raw.out_fd = raw.err_fd = -1;
  const Launch exec = prepare_exec(Exec(raw), service.spec, "exec-1");
  BOOST_REQUIRE(exec.obstacles.empty());
  BOOST_TEST(spec_value(exec.spec, "mode") == "exec");
  BOOST_TEST(spec_value(exec.spec, "id") == "exec-1");
  BOOST_TEST(spec_value(exec.spec, "cwd") == "/tmp");
  BOOST_TEST(spec_values(exec.spec, "arg").size() == 2u);
  BOOST_TEST(spec_value(exec.spec, "env") == "A=2");
  BOOST_TEST(spec_values(exec.spec, "env").size() == 3u);
  BOOST_TEST(spec_value(exec.spec, "exit_dir") == "/exits");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::process
