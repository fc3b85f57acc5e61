#include "plugins/docker/frames.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {
namespace {

std::string framed(int stream, std::string_view bytes) {
  std::string frame{static_cast<char>(stream), 0, 0, 0, 0, 0, 0, 0};
  for (std::size_t i = 0; i < 4; ++i) {
    frame[4 + i] = static_cast<char>(bytes.size() >> (8 * (3 - i)));
  }
  return frame.append(bytes);
}

// All that comes of `bytes` when they arrive `step` at a time: "1:text" for each frame.
std::vector<std::string> taken(std::string_view bytes, std::size_t step, bool plain) {
  Frames frames(plain);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    frames.put(bytes.substr(i, step));
    while (const auto frame = frames.take()) {
      out.push_back(std::to_string(frame->stream) + ":" + std::string(frame->bytes));
    }
  }
  if (const auto frame = frames.rest()) out.push_back("rest:" + std::string(frame->bytes));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docker_frames)

BOOST_AUTO_TEST_CASE(frames_are_whole_however_they_arrive) {
  const std::string bytes =
      framed(1, "one\n") + framed(2, "two\n") + framed(1, "") + framed(1, std::string(300, 'x'));
  const std::vector<std::string> expected{"1:one\n", "2:two\n", "1:", "1:" + std::string(300, 'x')};
  for (const std::size_t step : {1u, 3u, 8u, 1000u}) {
    BOOST_TEST(taken(bytes, step, false) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_terminals_bytes_are_lines_and_a_rest) {
  const std::vector<std::string> expected{"1:a\r\n", "1:b\n", "rest:c"};
  for (const std::size_t step : {1u, 100u}) {
    BOOST_TEST(taken("a\r\nb\nc", step, true) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(output_that_is_passed_on_does_not_wait_for_whole_frames) {
  Frames frames(false);
  const std::string bytes = framed(2, "abcdef");
  frames.put(bytes.substr(0, 10));
  const auto first = frames.take_bytes();
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST(first->bytes == "ab");
  BOOST_TEST(first->stream == CONSORT_STDERR);
  BOOST_TEST(!frames.take_bytes().has_value());
  frames.put(bytes.substr(10) + framed(1, "g"));
  BOOST_TEST(frames.take_bytes()->bytes == "cdef");
  BOOST_TEST(frames.take_bytes()->stream == CONSORT_STDOUT);
}

BOOST_AUTO_TEST_CASE(a_log_message_has_its_time_and_says_whether_it_goes_on) {
  const auto whole = parse_log_message("1970-01-01T00:00:01.000000002Z hello world\n");
  BOOST_TEST(whole.at_ns == 1'000'000'002);
  BOOST_TEST(whole.bytes == "hello world");
  BOOST_TEST(!whole.partial);
  const auto part = parse_log_message("1970-01-01T00:00:01.000000002Z hello");
  BOOST_TEST(part.partial);
  BOOST_TEST(parse_log_message("1970-01-01T00:00:01.000000002Z \n").bytes == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
