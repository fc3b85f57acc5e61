#include "core/record/journal_file.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace consort::record;

namespace {

std::vector<std::string> applied(std::string_view text, Replay* result = nullptr) {
  std::vector<std::string> changes;
  const Replay replayed = replay(text, [&](const Change& change) {
    changes.push_back((change.put ? "+" : "-") + std::string(change.key) +
                      std::string(change.json));
  });
  if (result != nullptr) *result = replayed;
  return changes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_file)

BOOST_AUTO_TEST_CASE(lines_have_a_stable_form) {
  BOOST_TEST(file_header("journal") == "consort-journal 1 0\n");
  BOOST_TEST(put_line("a/b", "{}") == "53b1067b 7 +a/b {}\n");
  BOOST_TEST(erase_line("a/b") == "450525f1 4 -a/b\n");
}

BOOST_AUTO_TEST_CASE(what_was_written_is_replayed_in_order) {
  const std::string text = put_line("a", "1") + erase_line("a") + put_line("b", "\"x y\"");
  Replay result;
  const std::vector<std::string> want{"+a1", "-a", "+b\"x y\""};
  BOOST_TEST(applied(text, &result) == want, boost::test_tools::per_element());
  BOOST_TEST(result.good_size == text.size());
  BOOST_TEST(result.damaged == 0u);
}

BOOST_AUTO_TEST_CASE(every_cut_of_the_last_line_is_a_torn_tail) {
  const std::string good = put_line("a", "1");
  const std::string last = put_line("b", "2");
  for (std::size_t size = 0; size < last.size(); ++size) {
    Replay result;
    BOOST_TEST(applied(good + last.substr(0, size), &result).size() == 1u);
    BOOST_TEST(result.good_size == good.size());
    BOOST_TEST(result.damaged == 0u);
  }
}

BOOST_AUTO_TEST_CASE(every_changed_byte_is_found_and_costs_one_line_only) {
  const std::string good = put_line("first", "{\"n\":1}");
  const std::string after = put_line("after", "2");
  for (std::size_t at = 0; at + 1 < good.size(); ++at) {
    std::string text = good;
    text[at] = static_cast<char>(text[at] ^ 1);
    BOOST_TEST_CONTEXT("byte " << at) {
      Replay result;
      const auto changes = applied(text + after, &result);
      BOOST_REQUIRE(changes.size() == 1u);
      BOOST_TEST(changes[0] == "+after2");
      BOOST_TEST(result.damaged >= 1u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_newer_header_is_known_whatever_follows_its_version) {
  BOOST_TEST((parse_header("consort-journal 1 0\n", "journal").state == Header::good));
  BOOST_TEST(parse_header("consort-snapshot 1 42\nx", "snapshot").count == 42u);
  BOOST_TEST(parse_header("consort-snapshot 1 42\nx", "snapshot").size == 22u);
  BOOST_TEST((parse_header("consort-journal 2\n", "journal").state == Header::newer));
  BOOST_TEST((parse_header("consort-journal 99 zstd\n\xff", "journal").state == Header::newer));
  BOOST_TEST((parse_header("consort-journal x 0\n", "journal").state == Header::bad));
  BOOST_TEST((parse_header("consort-snapshot 1 0\n", "journal").state == Header::bad));
  BOOST_TEST((parse_header("", "journal").state == Header::bad));
}

BOOST_AUTO_TEST_CASE(keys_have_no_white_space) {
  BOOST_TEST(valid_key("replica/web-1"));
  for (const char* key : {"", "a b", "a\nb", "a\tb", "\x7f"}) BOOST_TEST(!valid_key(key));
}

BOOST_AUTO_TEST_SUITE_END()
