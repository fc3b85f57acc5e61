#include "plugins/ssh/launch.h"

#include <csignal>

#include <boost/test/unit_test.hpp>

using namespace consort;
using namespace consort::ssh;
using Records = std::vector<std::string>;

namespace {

struct Given {
  std::string json = R"({"host": {"name": "far"}})";
  std::vector<const char*> argv = {"sh", "-c", "a 'b'\n", nullptr};
  std::vector<const char*> env = {"A=1", "B=x=y", nullptr};
  std::string cwd, stop_signal;

  Launch launch() {
    consort_task raw{};
    raw.size = sizeof raw;
    raw.index = 1;
    raw.instance = "web-1-abc";
    raw.project = "p";
    raw.service = "web";
    raw.instance_dir = "";
    raw.working_dir = cwd.c_str();
    raw.argv = argv.data();
    raw.env = env.data();
    raw.stop_signal = stop_signal.empty() ? nullptr : stop_signal.c_str();
    raw.stop_grace_ms = 1500;
    raw.service_json = json.c_str();
    return launch_of(Task(raw), {});
  }
};

bool has(const Launch& launch, const std::string& record) {
  return std::find(launch.records.begin(), launch.records.end(), record) != launch.records.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(launch)

BOOST_AUTO_TEST_CASE(a_task_is_records_for_the_shim) {
  Given given;
  given.cwd = "work";
  given.stop_signal = "SIGINT";
  given.json = R"({"host": {"name": "far", "user": "me", "port": 2200, "identity_file": "/k"},
                   "umask": "0027", "ulimits": {"nofile": {"soft": 10, "hard": 20}, "core": -1},
                   "logging": {"options": {"max-size": "2m", "max-file": "3"}}})";
  const Launch launch = given.launch();
  BOOST_TEST(launch.obstacles.empty());
  BOOST_TEST(launch.host.name == "far");
  BOOST_TEST(launch.host.user == "me");
  BOOST_TEST(launch.host.port == 2200);
  BOOST_TEST(launch.host.identity_file == "/k");
  BOOST_TEST(launch.stop_signal == 2u);
  for (const char* record :
       {"exec=sh", "arg=sh", "arg=-c", "arg=a 'b'\n", "env=A=1", "env=B=x=y", "cwd=work",
        "umask=0027", "rlimit=nofile:10:20", "rlimit=core:-1:-1", "stop_signal=2", "grace_ms=1500",
        "stdin=null", "tty=0", "log_max_bytes=2097152", "log_max_files=3"}) {
    BOOST_TEST(has(launch, record), record);
  }
}

BOOST_AUTO_TEST_CASE(a_host_may_be_a_text) {
  Given given;
  given.json = R"({"host": "me@far:2200"})";
  const Launch launch = given.launch();
  BOOST_TEST(launch.host.name == "far");
  BOOST_TEST(launch.host.user == "me");
  BOOST_TEST(launch.host.port == 2200);
}

BOOST_AUTO_TEST_CASE(a_program_of_this_machine_is_uploaded) {
  Given given;
  given.json = R"({"host": {"name": "far"}, "binary": {"upload": "/here/agent"}})";
  BOOST_TEST(given.launch().upload == "/here/agent");
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_named) {
  Given given;
  given.json = "{}";
  BOOST_REQUIRE(given.launch().obstacles.size() == 1u);
  BOOST_TEST(given.launch().obstacles[0].pointer == "/runtime");
  given.json = R"({"host": {"name": "far"}, "logging": {"options": {"max-size": "2x"}}})";
  given.stop_signal = "SIGNOTHING";
  const auto obstacles = given.launch().obstacles;
  BOOST_REQUIRE(obstacles.size() == 2u);
  BOOST_TEST(obstacles[0].pointer == "/stop_signal");
  BOOST_TEST(obstacles[1].pointer == "/logging/options/max-size");
}

BOOST_AUTO_TEST_CASE(an_exec_has_its_services_surroundings_unless_it_sets_its_own) {
  const Records service{"exec=sh",    "arg=sh",          "env=A=1",           "env=AB=2",
                        "cwd=/srv",   "umask=0027",      "rlimit=nofile:1:2", "rlimit=core:0:0",
                        "stdin=null", "log_max_bytes=1", "stop_signal=2"};
  const Records own{"mode=exec", "env=A=3", "exec=ls", "arg=ls"};
  const Records expected{"env=A=3",  "env=AB=2",   "mode=exec",         "exec=ls",        "arg=ls",
                         "cwd=/srv", "umask=0027", "rlimit=nofile:1:2", "rlimit=core:0:0"};
  BOOST_TEST(with_service(own, service) == expected, boost::test_tools::per_element());
  BOOST_TEST(with_service({"cwd=/tmp"}, {"cwd=/srv"}) == Records{"cwd=/tmp"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(signals_have_names_and_numbers) {
  BOOST_TEST(signal_number("SIGTERM") == 15);
  BOOST_TEST(signal_number("HUP") == 1);
  BOOST_TEST(signal_number("9") == 9);
  BOOST_TEST(signal_number("0") == 0);
  BOOST_TEST(signal_number("SIGNOTHING") == 0);
  BOOST_TEST(signal_number("") == 0);
  BOOST_TEST(signal_number("-9") == 0);
  BOOST_TEST(signal_number("SIGRTMIN+3") == SIGRTMIN + 3);
  BOOST_TEST(signal_number("RTMIN+0") == SIGRTMIN);
  BOOST_TEST(signal_number("SIGRTMIN+99") == 0);
  BOOST_TEST(signal_number("SIGRTMIN+") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
