#include "core/cli/yaml_text.h"

#include <yaml-cpp/yaml.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using consort::cli::yaml_text;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(yaml_text_of)

BOOST_AUTO_TEST_CASE(maps_and_lists_are_blocks) {
  BOOST_TEST(yaml_text(json::parse(R"({"a":{"b":[1,{"c":"x","d":[]},["y"]],"e":{}},"f":null})")) ==
             "a:\n"
             "  b:\n"
             "    - 1\n"
             "    - c: x\n"
             "      d: []\n"
             "    - - \"y\"\n"
             "  e: {}\n"
             "f: null\n");
}

BOOST_AUTO_TEST_CASE(every_string_is_read_back_as_that_string) {
  for (const char* text :
       {"",        "plain", "two words",  "yes",       "No",        "null",     "~",
        "1.5",     "22:22", "2026-01-01", "a: b",      "a #b",      "#a",       "- a",
        "a:",      " lead", "trail ",     "tab\there", "new\nline", "qu\"ote",  "back\\slash",
        "ünïcode", "*a",    "&a",         "!t",        "%d",        "@x",       "`x`",
        "{a}",     "[a]",   "0x1F",       "1e3",       ".inf",      "/path:ro", "a,b",
        "y",       "on",    "=",          "<<",        "?",         "'single'", "\x7f"}) {
    const json::object object{{"key", text}};
    const auto node = YAML::Load(yaml_text(object));
    BOOST_TEST(node["key"].as<std::string>() == text, text);
    const bool quoted = node["key"].Tag() == "!";
    // Unquoted text must be nothing but text to any reader.
    if (!quoted) {
      bool flag = false;
      double number = 0;
      BOOST_TEST(!YAML::convert<bool>::decode(node["key"], flag), text);
      BOOST_TEST(!YAML::convert<double>::decode(node["key"], number), text);
      BOOST_TEST(!node["key"].IsNull(), text);
    }
  }
}

BOOST_AUTO_TEST_CASE(keys_are_quoted_where_they_must_be) {
  const auto node = YAML::Load(yaml_text(json::object{{"on", 1}, {"a b: c", 2}}));
  BOOST_TEST(node["on"].as<int>() == 1);
  BOOST_TEST(node["a b: c"].as<int>() == 2);
}

BOOST_AUTO_TEST_CASE(dollar_signs_are_doubled_everywhere) {
  json::value value = json::parse(R"({"a":"$X and $$","b":["${Y}"],"c":{"d":"none"}})");
  consort::cli::escape_dollars(value);
  BOOST_TEST(json::serialize(value) == R"({"a":"$$X and $$$$","b":["$${Y}"],"c":{"d":"none"}})");
}

BOOST_AUTO_TEST_SUITE_END()
