#include "plugins/ssh/followed.h"

#include <random>

#include <lz4.h>
#include <boost/test/unit_test.hpp>

using namespace consort::ssh;

namespace {

std::string packed(std::string_view bytes) {
  std::string block(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(bytes.size()))),
                    '\0');
  const int size = LZ4_compress_default(bytes.data(), block.data(), static_cast<int>(bytes.size()),
                                        static_cast<int>(block.size()));
  BOOST_REQUIRE(size > 0);
  block.resize(static_cast<std::size_t>(size));
  return block;
}

std::string answer(std::size_t length, const std::string& block) {
  return "3 17 lz4 " + std::to_string(length) + "\n" + block;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(followed)

BOOST_AUTO_TEST_CASE(an_answer_is_its_place_its_word_and_bytes) {
  const auto data = parse_followed("4294967295 18446744073709551615 data\na line\n");
  BOOST_REQUIRE(data);
  BOOST_TEST(data->place.segment == 4294967295u);
  BOOST_TEST(data->place.offset == 18446744073709551615u);
  BOOST_TEST(data->word == "data");
  BOOST_TEST(data->bytes() == "a line\n");
  const auto state = parse_followed("0 0 running\n");
  BOOST_REQUIRE(state);
  BOOST_TEST(state->word == "running");
  BOOST_TEST(state->bytes() == "");
}

BOOST_AUTO_TEST_CASE(what_came_compressed_reads_as_what_did_not) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{100000}, Followed::most}) {
    const std::string text(size, 'x');
    const auto data = parse_followed(answer(size, packed(text)));
    BOOST_REQUIRE(data);
    BOOST_TEST(data->place.segment == 3u);
    BOOST_TEST(data->place.offset == 17u);
    BOOST_TEST(data->word == "data");
    BOOST_TEST(data->bytes().size() == size);
    BOOST_TEST((data->bytes() == text));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_refused) {
  for (const char* text : {"", "\n", "0 0 data", "0\n", "0 0\n", "x 0 data\n", "0 -1 data\n",
                           "4294967296 0 data\n", "0 18446744073709551616 data\n", "0 0 lz4 \n",
                           "0 0 lz4 x\n", "0 0 lz4 1x\n", "0 0 lz4 -1\n", "0 0 lz4 5\n"}) {
    BOOST_TEST(!parse_followed(text), text);
  }
}

BOOST_AUTO_TEST_CASE(where_the_log_goes_on_is_known_by_the_first_line) {
  BOOST_TEST((place_behind("3 17 data", 100) == LogPlace{3, 117}));
  BOOST_TEST((place_behind("3 17 lz4 1000", 100) == LogPlace{3, 1017}));
  for (const char* line : {"", "3 17", "3 17 running", "3 17 exited", "x 17 data", "3 17 lz4 ",
                           "3 17 lz4 x", "3 17 lz4 1048577", "3 17 lz4 -1", "3 17 database"}) {
    BOOST_TEST(!place_behind(line, 100), line);
  }
}

BOOST_AUTO_TEST_CASE(a_host_that_lies_about_a_length_is_refused) {
  const std::string text(5000, 'x');
  const std::string block = packed(text);
  for (const std::size_t length : {0ul, 1ul, 4999ul, 5001ul, 1000000ul}) {
    BOOST_TEST(!parse_followed(answer(length, block)), length);
  }
  // A block of 400 bytes can be more than 100,000; what is too much is not even tried.
  const std::string bomb = packed(std::string(Followed::most + 1, 'x'));
  BOOST_TEST(!parse_followed(answer(Followed::most, bomb)));
  BOOST_TEST(!parse_followed(answer(Followed::most + 1, bomb)));
  BOOST_TEST(!parse_followed("0 0 lz4 18446744073709551615\n" + bomb));
}

BOOST_AUTO_TEST_CASE(a_damaged_block_is_refused_or_keeps_its_length) {
  std::string text;
  std::minstd_rand random(1);
  for (int i = 0; i < 2000; ++i) text += std::to_string(random()) + " a line of a log\n";
  const std::string block = packed(text);
  for (std::size_t cut = 0; cut < block.size(); cut += 7) {
    BOOST_TEST(!parse_followed(answer(text.size(), block.substr(0, cut))), cut);
  }
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = block;
    for (int j = 0; j < 3; ++j) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    const auto data = parse_followed(answer(text.size(), damaged));
    BOOST_TEST((!data || data->bytes().size() == text.size()));
  }
}

BOOST_AUTO_TEST_CASE(what_rotation_took_is_known_where_all_of_it_is_listed) {
  const std::string list = "3 100\n4 200\n5 300\n";
  const auto between = [&](LogPlace from, LogPlace to) { return dropped_between(list, from, to); };
  BOOST_TEST((between({4, 50}, {5, 0}) == 150u));
  BOOST_TEST((between({4, 200}, {5, 0}) == 0u));  // all of it had been read
  BOOST_TEST((between({3, 40}, {6, 0}) == 560u));
  BOOST_TEST(!between({2, 40}, {4, 0}));
  BOOST_TEST(!between({5, 0}, {7, 0}));
  BOOST_TEST(!between({6, 10}, {7, 0}));  // it is still there
  for (const char* text : {"", "\n", "4", "4 \n", "x 200\n", "4 -1\n", " 4 200\n"}) {
    BOOST_TEST(!dropped_between(text, {4, 0}, {5, 0}), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
