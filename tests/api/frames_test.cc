#include <boost/test/unit_test.hpp>

#include "core/api/frames.h"

using namespace consort::api;

namespace {

std::string bytes_of(Frame type, std::string_view payload) {
  const auto header = frame_header(type, payload.size());
  return std::string(header.begin(), header.end()) + std::string(payload);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frames)

BOOST_AUTO_TEST_CASE(a_header_is_type_and_big_endian_length) {
  const auto header = frame_header(Frame::stdout_data, 0x010203);
  const std::array<std::uint8_t, 5> expected{16, 0, 1, 2, 3};
  BOOST_TEST(header == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(frames_are_found_however_the_bytes_arrive) {
  const std::string bytes = bytes_of(Frame::stdin_data, std::string("a\0b", 3)) +
                            bytes_of(Frame::stdin_end, "") + bytes_of(Frame::signal, "SIGINT");
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    FrameParser parser;
    std::vector<ReceivedFrame> found;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      parser.feed(std::string_view(bytes).substr(at, step));
      for (;;) {
        auto frame = parser.next();
        BOOST_REQUIRE(frame);
        if (!*frame) break;
        found.push_back(**frame);
      }
    }
    BOOST_REQUIRE(found.size() == 3u);
    BOOST_TEST(found[0].payload == std::string("a\0b", 3));
    BOOST_TEST((found[1].type == Frame::stdin_end));
    BOOST_TEST(found[2].payload == "SIGINT");
  }
}

BOOST_AUTO_TEST_CASE(a_frame_beyond_the_limit_is_an_error_that_stays) {
  FrameParser parser;
  const auto header = frame_header(Frame::stdin_data, frame_limit + 1);
  parser.feed({reinterpret_cast<const char*>(header.data()), header.size()});
  BOOST_TEST(!parser.next());
  BOOST_TEST(!parser.next());
}

BOOST_AUTO_TEST_CASE(sizes_and_exit_codes_come_back_as_they_were) {
  const auto size = decode_size(encode_size({500, 65535}));
  BOOST_REQUIRE(size);
  BOOST_TEST(size->rows == 500);
  BOOST_TEST(size->columns == 65535);
  BOOST_TEST(decode_exit(encode_exit(137)).value() == 137);
  BOOST_TEST(decode_exit(encode_exit(-1)).value() == -1);
  BOOST_TEST(!decode_size("abc").has_value());
  BOOST_TEST(!decode_exit("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
