#include "plugins/ssh/log_lines.h"

#include <boost/test/unit_test.hpp>

#include "plugins/ssh/exit_file.h"
#include "plugins/ssh/remote_time.h"
#include "plugins/ssh/report.h"

using namespace consort;
using namespace consort::ssh;

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(a_line_is_its_time_stream_and_text) {
  LogLines lines;
  const auto line = lines.parse("2026-11-26T20:15:00.000000007Z stderr P a  b ");
  BOOST_REQUIRE(line);
  BOOST_TEST(line->at_ns == 1795724100000000007);
  BOOST_TEST(line->stream == CONSORT_STDERR);
  BOOST_TEST(line->partial);
  BOOST_TEST(line->text == "a  b ");
  const auto empty = lines.parse("1970-01-01T00:00:00.000000000Z stdout F ");
  BOOST_REQUIRE(empty);
  BOOST_TEST(empty->at_ns == 0);
  BOOST_TEST(empty->text == "");
  BOOST_TEST(!empty->partial);
}

BOOST_AUTO_TEST_CASE(what_a_kill_has_torn_is_no_line) {
  LogLines lines;
  for (const char* text :
       {"", "2026-11-26T20:15:00.000000007Z", "2026-11-26T20:15:00.000000007Z stdout",
        "2026-11-26T20:15:00.000000007Z stdlog F x", "2026-11-26T20:15:00.000000007Z stdout X x",
        "2026-13-26T20:15:00.000000007Z stdout F x", "2026-11-26 20:15:00.000000007Z stdout F x"}) {
    BOOST_TEST(!lines.parse(text), text);
  }
}

BOOST_AUTO_TEST_CASE(a_place_is_kept_as_text) {
  const LogPlace place{7, 1234567890123};
  BOOST_TEST(place.text() == "7:1234567890123");
  BOOST_TEST((LogPlace::parse(place.text()) == place));
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

BOOST_AUTO_TEST_CASE(a_batch_keeps_each_line_with_the_place_behind_it) {
  LogBatch batch;
  std::uint64_t n = 0;
  for (; !batch.full(); ++n) {
    batch.add({CONSORT_STDERR, static_cast<std::int64_t>(n), true, "text"},
              {4294967295u, 18446744073709551000u + n});
  }
  BOOST_TEST(batch.lines().size() == n);
  for (std::uint64_t i = 0; i < n; ++i) {
    const consort_line& line = batch.lines()[i];
    BOOST_TEST(line.stream == CONSORT_STDERR);
    BOOST_TEST(line.partial == 1);
    BOOST_TEST(line.at_ns == static_cast<std::int64_t>(i));
    BOOST_TEST(std::string_view(line.bytes, line.length) == "text");
    BOOST_TEST(std::string_view(line.cursor, line.cursor_length) ==
               "4294967295:" + std::to_string(18446744073709551000u + i));
  }
}

BOOST_AUTO_TEST_SUITE_END()
