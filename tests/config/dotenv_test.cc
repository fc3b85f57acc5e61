// Rules 41 to 45 of .env files.
#include "core/config/dotenv.h"

#include <boost/test/unit_test.hpp>

using namespace consort::config;

namespace {

struct Read {
  explicit Read(std::string_view text, bool raw = false) {
    const Lookup outer = [](std::string_view name) -> std::optional<std::string> {
      if (name == "OUTER") return "outside";
      return std::nullopt;
    };
    const std::string file = ".env";
    const auto lines =
        raw ? parse_raw_env(text, file, outer, out) : parse_dotenv(text, file, outer, out);
    for (const auto& line : lines) {
      got += line.name + (line.value ? "=[" + *line.value + "]" : "?") + ";";
    }
    for (const auto& error : out.take(Severity::error, {})) {
      got += to_string(error) + ";";
    }
  }
  Diagnostics out;
  std::string got;
};

std::string read(std::string_view text) { return Read(text).got; }
std::string read_raw(std::string_view text) { return Read(text, true).got; }

}  // namespace

BOOST_AUTO_TEST_SUITE(dotenv)

// rule 41: NAME=value, export NAME=value, NAME: value; a byte order mark, CRLF
BOOST_AUTO_TEST_CASE(rule_41_forms_of_a_line) {
  BOOST_TEST(read("A=1\nexport B=2\nC: 3\n") == "A=[1];B=[2];C=[3];");
  BOOST_TEST(read("a.b-c_d[0]=x") == "a.b-c_d[0]=[x];");
  BOOST_TEST(read("\xEF\xBB\xBF"
                  "A=1\r\nB=2\r\n") == "A=[1];B=[2];");
  BOOST_TEST(read("# note\n\n  A = 1 \n") == "A=[1];");
  BOOST_TEST(read("exported=1") == "exported=[1];");
}

BOOST_AUTO_TEST_CASE(rule_41_a_bad_name_is_an_error_with_its_line) {
  BOOST_TEST(read("A=1\nB C=2\nD=3") ==
             "A=[1];D=[3];.env:2:1: cannot read the environment file: unexpected \"C\" in the name "
             "of a variable (accepted: NAME=value);");
  BOOST_TEST(read("=x") ==
             ".env:1:1: cannot read the environment file: unexpected \"=\" in the name of a "
             "variable (accepted: NAME=value);");
}

// rule 42: quotes, comments and variables
BOOST_AUTO_TEST_CASE(rule_42_without_quotes) {
  BOOST_TEST(read("A=  x y  ") == "A=[x y];");
  BOOST_TEST(read("A=x # note") == "A=[x];");
  BOOST_TEST(read("A=x#y") == "A=[x#y];");
  BOOST_TEST(read("A= # note") == "A=[# note];");  // a comment needs something before it
  BOOST_TEST(read("A=a=b") == "A=[a=b];");
  BOOST_TEST(read("A=$OUTER/${NONE:-d}") == "A=[outside/d];");
}

BOOST_AUTO_TEST_CASE(rule_42_double_quotes) {
  BOOST_TEST(read(R"(A="a\nb\tc\\d\"e" # note)") == "A=[a\nb\tc\\d\"e];");
  BOOST_TEST(read(R"(A="\$OUTER $OUTER")") == "A=[$OUTER outside];");
  BOOST_TEST(read("A=\"one\ntwo\"\nB=1") == "A=[one\ntwo];B=[1];");
  BOOST_TEST(read(R"(A="# no note")") == "A=[# no note];");
}

BOOST_AUTO_TEST_CASE(rule_42_single_quotes_are_literal) {
  BOOST_TEST(read(R"(A='$OUTER \n it\'s')") == R"(A=[$OUTER \n it's];)");
}

BOOST_AUTO_TEST_CASE(rule_42_an_open_quote_is_an_error) {
  BOOST_TEST(read("B=1\nA=\"open\n") ==
             "B=[1];.env:2:1: cannot read the environment file: the quote of A is not closed;");
}

// rule 43: NAME= is empty, NAME is the environment's
BOOST_AUTO_TEST_CASE(rule_43_empty_and_bare) {
  BOOST_TEST(read("A=\nOUTER\nNONE\nB") == "A=[];OUTER=[outside];NONE?;B?;");
}

BOOST_AUTO_TEST_CASE(rule_44_earlier_lines_are_known_and_the_outside_comes_first) {
  BOOST_TEST(read("A=1\nB=${A}2\nOUTER=in\nC=$OUTER") == "A=[1];B=[12];OUTER=[in];C=[outside];");
}

BOOST_AUTO_TEST_CASE(rule_45_raw_has_no_quotes_and_no_interpolation) {
  BOOST_TEST(read_raw("# note\nA=\"x\" $OUTER # y\r\nOUTER\nB=\n") ==
             "A=[\"x\" $OUTER # y];OUTER=[outside];B=[];");
}

BOOST_AUTO_TEST_SUITE_END()
