// Rule 26: command strings.
#include "core/config/shellwords.h"

#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort::config;
using namespace consort::config::test;

namespace {

std::string words(std::string_view text) {
  const auto result = split_words(text);
  return result ? joined(result->words) : "error: " + result.error().message();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shellwords)

// rule 26: a command line is split into words, without a shell; an operator ends it
BOOST_AUTO_TEST_CASE(rule_26_blanks_and_quotes) {
  BOOST_TEST(words("  a  b\tc\nd ") == "a|b|c|d");
  BOOST_TEST(words(R"(a "b c" 'd "e"' f"g"h)") == "a|b c|d \"e\"|fgh");
  BOOST_TEST(split_words("a '' \"\"")->words.size() == 3u);
  BOOST_TEST(split_words("")->words.empty());
}

BOOST_AUTO_TEST_CASE(rule_26_backslashes) {
  BOOST_TEST(words(R"(a\ b \"c\" \\)") == "a b|\"c\"|\\");
  BOOST_TEST(words(R"('a\b')") == R"(a\b)");
  BOOST_TEST(words(R"("a\tb")") == "a\tb");
}

BOOST_AUTO_TEST_CASE(rule_26_no_shell_expands_anything) {
  BOOST_TEST(words("echo $HOME *.txt ~") == "echo|$HOME|*.txt|~");
  BOOST_TEST(words("echo $(date +%s now) x") == "echo|$(date +%s now)|x");
}

BOOST_AUTO_TEST_CASE(rule_26_an_operator_ends_the_command) {
  BOOST_TEST(words("a b; c") == "a|b");
  BOOST_TEST(words("a && b") == "a");
  BOOST_TEST(words("a > file") == "a");
  BOOST_TEST(words("a 2> file") == "a");
  BOOST_TEST(split_words("a '&&' \"|\" \\; b")->words.size() == 5u);
  BOOST_TEST(split_words("a | b")->ended_at == 2u);
}

BOOST_AUTO_TEST_CASE(rule_26_errors) {
  BOOST_TEST(words("a (b)") == "error: \"(\" must be quoted (no shell reads the command)");
  BOOST_TEST(words("a )") == "error: \")\" must be quoted (no shell reads the command)");
  BOOST_TEST(words("a 'b") == "error: a single quote is not closed");
  BOOST_TEST(words("a \"b") == "error: a double quote is not closed");
  BOOST_TEST(words("a \\") == "error: a backslash at the end is not closed");
  BOOST_TEST(words("a $(b") == "error: \"$(\" is not closed");
}

BOOST_AUTO_TEST_CASE(rule_26_a_cut_command_is_warned_about) {
  Stack stack("services:\n  a:\n    command: run it && run that\n");
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:3:14: services.a.command: the command ends before \"&& run that\": no "
             "shell reads it (for a shell: [sh, -c, \"...\"])");
}

BOOST_AUTO_TEST_CASE(rule_26_empty_and_null_commands) {
  Stack stack(
      "services: {a: {image: i, command: ''}, b: {image: i, command: null}, c: {image: i}}");
  const auto services = stack.load().project.services;
  BOOST_TEST(spec(services.at("a"), "command") == "[]");
  BOOST_TEST(spec(services.at("b"), "command") == "null");
  BOOST_TEST(spec(services.at("c"), "command") == "-");
}

BOOST_AUTO_TEST_SUITE_END()
