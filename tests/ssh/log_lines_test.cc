#include "plugins/ssh/log_lines.h"

#include <boost/test/unit_test.hpp>

#include "plugins/ssh/exit_file.h"
#include "plugins/ssh/remote_time.h"
#include "plugins/ssh/report.h"

using namespace consort;
using namespace consort::ssh;

BOOST_AUTO_TEST_SUITE(log_lines)

const std::string stamp = "2026-11-26T20:15:00.000000007Z";
const std::string good = stamp + " stderr P a  b \n" + stamp + " stdout F \n" + stamp +
                         " stderr P c\n1970-01-01T00:00:00.000000000Z stdout P x\n";

BOOST_AUTO_TEST_CASE(whole_records_are_taken_together) {
  BOOST_TEST(records_at_front(good) == good.size());
  BOOST_TEST(records_at_front("") == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_kill_has_torn_is_no_record) {
  for (const std::string& torn :
       {std::string(), stamp, stamp + " stdout", stamp + " stdout F", stamp + " stdlog F x",
        stamp + " stdout X x", stamp + " stdout Fx",
        std::string("2026-13-26T20:15:00.000000007Z stdout F x"),
        std::string("2026-11-26T24:15:00.000000007Z stdout F x"),
        std::string("9999-11-26T20:15:00.000000007Z stdout F x"),
        std::string("2026-11-26 20:15:00.000000007Z stdout F x")}) {
    BOOST_TEST(records_at_front(torn + "\n" + good) == 0u, torn);
    BOOST_TEST(records_at_front(good + torn + "\n" + good) == good.size(), torn);
  }
}

BOOST_AUTO_TEST_CASE(a_record_without_its_end_is_none) {
  for (std::size_t length = 1; length < good.size(); ++length) {
    const std::string part = good.substr(0, length);
    BOOST_TEST(records_at_front(part) == part.rfind('\n') + 1, length);
  }
}

BOOST_AUTO_TEST_CASE(a_place_is_kept_as_text) {
  const LogPlace place{7, 1234567890123};
  BOOST_TEST(place.file() == "7:");
  BOOST_TEST((LogPlace::parse("7:1234567890123") == place));
  for (const char* text : {"", "7", "7:", ":1", "x:1", "7:1x", "-1:2", "99999999999:1"}) {
    BOOST_TEST((LogPlace::parse(text) == LogPlace{}), text);
  }
}

BOOST_AUTO_TEST_CASE(an_exit_file_is_an_exit) {
  const Exit code = parse_exit("code 7\ntime 2026-11-26T20:15:00.000000007Z\nleftovers 1\nnew x\n");
  BOOST_TEST(code.known);
  BOOST_TEST(code.code == 7);
  BOOST_TEST(code.signal == 0);
  BOOST_TEST(code.leftovers);
  BOOST_TEST(code.at_ns == 1795724100000000007);
  const Exit signal = parse_exit("signal 9\ncore 0\nleftovers 0\n");
  BOOST_TEST(signal.known);
  BOOST_TEST(signal.signal == 9);
  const Exit failed = parse_exit("exec_errno 2\nexec_stage exec\n");
  BOOST_TEST(!failed.known);
  BOOST_TEST(failed.cause == "cannot start (exec): No such file or directory");
  BOOST_TEST(!parse_exit("unknown 1\n").known);
  BOOST_TEST(!parse_exit("").known);
  BOOST_TEST(!parse_exit("unknown 1\n").cause.empty());
}

BOOST_AUTO_TEST_CASE(the_relays_lists_become_json) {
  boost::json::array found;
  add_listed("web-1-abc running\njob-1-def over\n", found);
  BOOST_TEST(
      boost::json::serialize(found) ==
      R"([{"instance":"web-1-abc","running":true},{"instance":"job-1-def","running":false}])");
  const auto stats = boost::json::parse(stats_of("cpu_ns 5\nmemory_bytes 6\npids 7\n")).as_object();
  BOOST_TEST(stats.at("cpu_ns").to_number<int>() == 5);
  BOOST_TEST(stats.at("pids").to_number<int>() == 7);
  BOOST_TEST(stats.contains("at_ns"));
}

BOOST_AUTO_TEST_SUITE_END()
