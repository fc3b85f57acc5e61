// YAML into nodes.
#include "core/config/parse.h"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "core/config/to_json.h"

using namespace consort::config;

namespace {

const std::string file = "f.yaml";

std::string parse(std::string_view text, const ParseLimits& limits = {}) {
  Diagnostics out;
  const auto documents = parse_yaml(text, file, out, limits);
  std::string got;
  if (documents) {
    for (const auto& document : *documents) got += boost::json::serialize(to_json(document)) + "\n";
  }
  for (const auto& error : out.take(Severity::error, {})) got += to_string(error) + "\n";
  if (got.ends_with('\n')) got.pop_back();
  return got;
}

std::string leading_name(std::string_view text) {
  const auto documents = parse_leading_name(text, file);
  if (!documents) return "another text";
  BOOST_REQUIRE(documents->size() == 1);
  const auto& name = documents->front().find("name")->value;
  BOOST_TEST(name.where.file == &file);
  return boost::json::serialize(to_json(documents->front())) + " " +
         std::to_string(name.where.line) + ":" + std::to_string(name.where.column);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parse_)

BOOST_AUTO_TEST_CASE(a_leading_name_is_read_without_the_rest) {
  BOOST_TEST(leading_name("name: shop\nservices:\n  a: [") == R"({"name":"shop"} 1:7)");
  BOOST_TEST(leading_name("# What sells.\nname: 'ſhop'  # ours\nservices: {a: {") ==
             R"({"name":"ſhop"} 2:7)");
  BOOST_TEST(leading_name("\"name\": \"7\"\nservices: {}") == R"({"name":"7"} 1:9)");
  BOOST_TEST(leading_name("\xef\xbb\xbfname: shop\r\nservices: {}\r\n") ==
             R"({"name":"shop"} 1:7)");
  BOOST_TEST(leading_name("name: 7") == R"({"name":7} 1:7)");
  BOOST_TEST(leading_name("---\nname: ${N:-shop}\n") == R"({"name":"${N:-shop}"} 2:7)");
}

BOOST_AUTO_TEST_CASE(another_text_has_no_leading_name) {
  for (const char* text :
       {"", "shop", "- name: shop", "services: {}\nname: shop", "name:\nservices: {}", "name: [a]",
        "name: {a: b}", "name: !reset shop", "name: *a", "x: &a shop\nname: *a", "? [name]\n: shop",
        "name: a\n---\nname: b", "name: a\n...\n---\nname: b", "{<<: {name: a}}", "name: \"a", "@",
        "{\"name\": \"a\"}",
        // The parser takes two documents from these, without a mark between them.
        "{name: a}\n{name: b}", "{name: a} {name: b}", "{name: a}\nname: b", " name: a\nname: b"}) {
    BOOST_TEST(leading_name(text) == "another text", text);
  }
  BOOST_TEST(leading_name(std::string_view("name: a\n\0", 9)) == "another text");
}

BOOST_AUTO_TEST_CASE(scalars_are_yaml_1_2) {
  BOOST_TEST(parse("[a, 'b', 1, -2, 0x1f, 0o17, 017, 1.5, 1e3, true, null, ~, '1', \"true\"]") ==
             R"(["a","b",1,-2,31,15,15,1.5E0,1000,true,null,null,"1","true"])");
  BOOST_TEST(parse("[yes, no, on, off, y, n, 22:22, 1.2.3, 08, +, .]") ==
             R"(["yes","no","on","off","y","n","22:22","1.2.3",8,"+","."])");
}

BOOST_AUTO_TEST_CASE(keys_are_text) {
  BOOST_TEST(parse("{'80': a, \"true\": b, on: c}") == R"({"80":"a","true":"b","on":"c"})");
  BOOST_TEST(parse("{80: a}") ==
             "f.yaml:1:2: cannot read the key 80: it is no text (write \"80\")");
}

BOOST_AUTO_TEST_CASE(places_are_of_keys_and_values) {
  Diagnostics out;
  const auto documents = parse_yaml("# note\na:\n  b: [x,\n      y]\n", file, out);
  BOOST_REQUIRE(documents);
  const Entry& b = *documents->at(0).find("a")->value.find("b");
  BOOST_TEST(b.where.line == 3);
  BOOST_TEST(b.where.column == 3);
  BOOST_TEST(b.value.items[1].where.line == 4);
  BOOST_TEST(b.value.items[1].where.column == 7);
}

BOOST_AUTO_TEST_CASE(columns_count_characters) {
  const auto place = [](std::string_view text) {
    Diagnostics out;
    const auto documents = parse_yaml(text, file, out);
    BOOST_REQUIRE(documents);
    const Node& list = (documents->at(0).entries.end() - 1)->value;
    const Mark& where = list.items.back().where;
    return std::to_string(where.line) + ':' + std::to_string(where.column);
  };
  BOOST_TEST(place("a: [x, y]") == "1:8");
  BOOST_TEST(place("ä: [ö, y]") == "1:8");
  BOOST_TEST(place("日本: [\"🙂\", y]") == "1:11");
  BOOST_TEST(place("\xEF\xBB\xBFé: [é, y]") == "1:8");
  BOOST_TEST(place("é: é\nà: [é,\n  é, y]") == "3:6");
  BOOST_TEST(parse("é: [é, {é: é}, é: é, ]: x").starts_with("f.yaml:1:23: "));
  BOOST_TEST(parse("é: {é: 1, é: 2}").starts_with("f.yaml:1:11: "));
}

BOOST_AUTO_TEST_CASE(aliases_are_copies_that_keep_their_place) {
  Diagnostics out;
  const auto documents = parse_yaml("a: &x {k: v}\nb: *x\n", file, out);
  BOOST_REQUIRE(documents);
  const Entry& k = *documents->at(0).find("b")->value.find("k");
  BOOST_TEST(k.value.text == "v");
  BOOST_TEST(k.where.line == 1);
}

BOOST_AUTO_TEST_CASE(merge_keys) {
  BOOST_TEST(parse("base: &b {a: 1, b: 2}\nx: {<<: *b, b: 3}\n") ==
             R"({"base":{"a":1,"b":2},"x":{"b":3,"a":1}})");
  BOOST_TEST(parse("- &p {a: 1}\n- &q {a: 2, b: 2}\n- {<<: [*p, *q], c: 3}\n") ==
             R"([{"a":1},{"a":2,"b":2},{"c":3,"a":1,"b":2}])");
  BOOST_TEST(parse("{<<: {a: {b: 1}}, c: 2}") == R"({"c":2,"a":{"b":1}})");
  BOOST_TEST(parse("{'<<': 1}") == R"({"<<":1})");
  BOOST_TEST(parse("{<<: 1}") ==
             "f.yaml:1:2: cannot read the file: \"<<\" takes a map or a list of maps, not \"1\"");
}

BOOST_AUTO_TEST_CASE(several_documents) {
  BOOST_TEST(parse("a: 1\n---\nb: 2\n") == "{\"a\":1}\n{\"b\":2}");
}

BOOST_AUTO_TEST_CASE(every_duplicate_key_is_an_error_at_the_second) {
  BOOST_TEST(parse("a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n") ==
             "f.yaml:3:1: cannot read the key \"a\": it is already set in line 1\n"
             "f.yaml:4:11: cannot read the key \"d\": it is already set in line 4");
}

BOOST_AUTO_TEST_CASE(duplicate_keys_of_a_large_map) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "k" + std::to_string(i) + ": 1\n";
  BOOST_TEST(parse(text + "k7: 2\n") ==
             "f.yaml:51:1: cannot read the key \"k7\": it is already set in line 8");
}

BOOST_AUTO_TEST_CASE(keys_must_be_scalars) {
  BOOST_TEST(parse("{[a]: b}") ==
             "f.yaml:1:2: cannot read the file: a key must be a single word or string, not a map "
             "or a list");
  BOOST_TEST(parse("{null: b}") ==
             "f.yaml:1:2: cannot read the file: a key must be a single word or string, not no "
             "value");
}

BOOST_AUTO_TEST_CASE(what_is_not_yaml_is_an_error_at_its_place) {
  BOOST_TEST(parse("a: 1\nb: [1, 2\nc: 3\n") ==
             "f.yaml:3:2: cannot read the file as YAML: the [ of line 2, column 4 is not closed");
  BOOST_TEST(parse("a: {b: 1\nc: 2\n") ==
             "f.yaml:2:2: cannot read the file as YAML: the { of line 1, column 4 is not closed");
  BOOST_TEST(parse("a: *nope\n") ==
             "f.yaml:1:4: cannot read the file as YAML: the referenced anchor is not defined");
  BOOST_TEST(parse(std::string_view("a\0b", 3)) ==
             "f.yaml: cannot read the file: it is not text (byte 2 is zero)");
}

BOOST_AUTO_TEST_CASE(an_alias_inside_its_own_anchor) {
  BOOST_TEST(parse("a: &x [*x]\n") ==
             "f.yaml:1:8: cannot read the file: the alias stands inside its own anchor");
}

BOOST_AUTO_TEST_CASE(a_quote_that_is_never_closed_is_an_error_where_it_opens) {
  const std::string told = ": cannot read the file as YAML: the quote \" is not closed";
  BOOST_TEST(parse("a:\n  b: \"sleep 1\n") == "f.yaml:2:6" + told);
  BOOST_TEST(parse("a:\n  b: \"sleep 1") == "f.yaml:2:6" + told);
  BOOST_TEST(parse("a:\n  b: \"x\\\"\n\n") == "f.yaml:2:6" + told);
  BOOST_TEST(parse("é: [ü, !!str &x \"sleep 1\n") == "f.yaml:1:17" + told);
  BOOST_TEST(parse("a: 'it''s\n") ==
             "f.yaml:1:4: cannot read the file as YAML: the quote ' is not closed");
}

BOOST_AUTO_TEST_CASE(what_is_closed_or_no_quote_is_none_of_that) {
  BOOST_TEST(parse("a: \"x\n  y\"\n") == R"({"a":"x y"})");
  BOOST_TEST(parse("a: 'it''s'") == R"({"a":"it's"})");
  BOOST_TEST(parse("a: |\n  echo \"it's\n") == R"({"a":"echo \"it's\n"})");
  BOOST_TEST(parse("a: !!str x\"\n") == R"({"a":"x\""})");
  BOOST_TEST(parse("a: \"x\" # it's\n") == R"({"a":"x"})");
}

BOOST_AUTO_TEST_CASE(a_tab_that_indents_is_named) {
  const std::string told =
      ": cannot read the file as YAML: a tab cannot indent a line (use spaces)";
  BOOST_TEST(parse("services:\n\ta: {b: c}\n") == "f.yaml:2:1" + told);
  BOOST_TEST(parse("services:\n  a:\n  \tb: c\n") == "f.yaml:3:3" + told);
  BOOST_TEST(parse("a:\n  b:\n\t\t- c\n") == "f.yaml:3:1" + told);
}

BOOST_AUTO_TEST_CASE(a_wrong_indentation_names_what_it_belongs_to) {
  BOOST_TEST(
      parse("s:\n  a:\n    b: x\n   c: y\n") ==
      "f.yaml:4:4: cannot read the file as YAML: the line is indented like none above that it "
      "could belong to (the map around it begins in line 2, column 3)");
  BOOST_TEST(parse("a:\n  b: \"x\" y\n") ==
             "f.yaml:2:10: cannot read the file as YAML: there is more behind the value that "
             "begins in line 2, column 6 (is it closed where it should be?)");
  BOOST_TEST(parse("a: b: c\n") ==
             "f.yaml:1:5: cannot read the file as YAML: a \":\" is not expected here (put a text "
             "that has one in quotes; a key is indented like the keys beside it)");
}

BOOST_AUTO_TEST_SUITE_END()
