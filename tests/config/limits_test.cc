// What a file may cost.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort::config;
using namespace consort::config::test;

namespace {

std::string bomb() {
  std::string text = "x-a: &a [l, l, l, l, l, l, l, l, l]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const std::string alias = std::string("*") + static_cast<char>(c - 1);
    text += std::string("x-") + c + ": &" + c + " [" + alias;
    for (int i = 0; i < 8; ++i) text += ", " + alias;
    text += "]\n";
  }
  return text + "services: {a: {command: a}}\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(a_bomb_of_aliases_is_refused_where_it_goes_off) {
  Stack stack(bomb());
  BOOST_TEST(stack.errors() ==
             "consort.yaml:6:34: cannot read the file: more than 500000 values after aliases are "
             "expanded");
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_at_its_place) {
  Stack stack("a: " + std::string(200, '[') + std::string(200, ']'));
  BOOST_TEST(stack.errors() ==
             "consort.yaml:1:103: cannot read the file: values are nested more than 100 levels "
             "deep");
}

BOOST_AUTO_TEST_CASE(very_deep_nesting_is_refused_too) {
  Stack stack("a: " + std::string(100'000, '[') + std::string(100'000, ']'));
  BOOST_TEST(stack.errors() ==
             "consort.yaml:1:10004: cannot read the file: values are nested more than 100 levels "
             "deep");
}

BOOST_AUTO_TEST_CASE(open_brackets_are_counted_before_anything_is_kept_of_them) {
  Stack stack("x-a: " + std::string(5'000'000, '['));
  BOOST_TEST(stack.errors() ==
             "consort.yaml:1:10006: cannot read the file: values are nested more than 100 levels "
             "deep");
}

BOOST_AUTO_TEST_CASE(variables_that_double_are_refused) {
  std::string lines = "V0=" + std::string(1000, 'x') + "\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "${V" + std::to_string(i - 1) + "}";
    lines += "V" + std::to_string(i) + "=" + before + before + "\n";
  }
  Stack stack("services: {a: {command: a}}");
  stack.folder.write(".env", lines);
  BOOST_TEST(stack.errors().starts_with(
      ".env:12:1: cannot read the environment file: with its variables it is larger than 1048576 "
      "bytes"));
}

BOOST_AUTO_TEST_CASE(values_that_name_a_large_variable_too_often_are_refused) {
  Stack stack;
  std::string labels;
  for (int i = 0; i < 1000; ++i) labels += "l" + std::to_string(i) + ": $V, ";
  stack.folder.write("consort.yaml", "services: {a: {image: a, labels: {" + labels + "}}}");
  stack.options.environment = {{"V", std::string(100'000, 'x')}};
  BOOST_TEST(stack.errors().starts_with("consort.yaml:1:"));
  BOOST_TEST(stack.errors().ends_with(
      "cannot interpolate services.a.labels.l167: all values together become larger than 16777216 "
      "bytes"));
}

BOOST_AUTO_TEST_CASE(a_large_file_is_refused) {
  Stack stack("services: {a: {command: a}} # " + std::string(200, 'x'));
  stack.options.limits.bytes = 100;
  BOOST_TEST(stack.errors().find("larger than") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(deep_interpolation_is_refused) {
  std::string text = "x";
  for (int i = 0; i < 200; ++i) text = "${A:-" + text + "}";
  Stack stack("services:\n  a: {command: \"" + text + "\"}\n");
  BOOST_TEST(stack.errors().starts_with(
      "consort.yaml:2:16: cannot interpolate services.a.command: invalid template"));
}

BOOST_AUTO_TEST_CASE(what_services_read_of_files_has_a_limit) {
  Stack stack("services: {a: {command: a, env_file: a.env}, b: {command: b, env_file: a.env}}");
  stack.folder.write("a.env", "A=" + std::string(2 << 20, 'x') + "\n");
  stack.options.limits.bytes = 3u << 20;
  BOOST_TEST(stack.errors().find("what the services read of such files is larger than 3 MiB") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_pipe_or_a_device_named_in_a_file_is_not_waited_for) {
  Stack stack("services: {a: {command: a, env_file: pipe}}");
  const auto pipe = stack.folder.path() / "pipe";
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string told = "cannot read " + pipe.string() + ": it is not a regular file";
  BOOST_TEST(stack.errors().find(told) != std::string::npos);
  stack.folder.write("consort.yaml", "include: [pipe]\nservices: {a: {command: a}}");
  BOOST_TEST(stack.errors().find(told) != std::string::npos);
  stack.folder.write("consort.yaml", "services: {a: {command: a, env_file: /dev/null}}");
  BOOST_TEST(stack.service("a").environment.empty());
}

BOOST_AUTO_TEST_CASE(a_pipe_named_on_the_command_line_is_read) {
  Stack stack("services: {a: {command: \"a ${WORD}\"}}");
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  BOOST_REQUIRE(::write(ends[1], "WORD=b\n", 7) == 7);
  ::close(ends[1]);
  stack.options.env_files = {"/dev/fd/" + std::to_string(ends[0])};
  BOOST_TEST(joined(stack.service("a").argv) == "a|b");
  ::close(ends[0]);
}

BOOST_AUTO_TEST_CASE(a_deep_chain_of_includes_is_refused) {
  Stack stack("include: [0.yaml]\n");
  for (int i = 0; i < 200; ++i) {
    stack.folder.write(std::to_string(i) + ".yaml",
                       "include: [" + std::to_string(i + 1) + ".yaml]\n");
  }
  BOOST_TEST(stack.errors().find("the chain is longer than 50 files") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(includes_that_double_are_refused) {
  Stack stack("include: [0.yaml, 0.yaml]\n");
  for (int i = 0; i < 30; ++i) {
    const std::string next = std::to_string(i + 1) + ".yaml";
    stack.folder.write(std::to_string(i) + ".yaml", "include: [" + next + ", " + next + "]\n");
  }
  stack.folder.write("30.yaml", "services: {a: {command: a}}\n");
  BOOST_TEST(stack.errors().find("more than 1000 files are included or extended") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(services_that_extend_too_much_are_refused) {
  std::string text = "services:\n  base:\n    command: x\n    labels:\n";
  for (int i = 0; i < 2000; ++i) text += "      l" + std::to_string(i) + ": x\n";
  for (int i = 0; i < 1000; ++i) text += "  s" + std::to_string(i) + ": {extends: base}\n";
  BOOST_TEST(Stack(text).errors().find("cannot extend a service here: the project has too many "
                                       "values") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ranges_of_too_many_ports_are_refused) {
  std::string text = "services:\n  a:\n    image: a\n    ports:\n";
  for (int i = 0; i < 200; ++i) text += "      - 1-65535:1-65535\n";
  BOOST_TEST(Stack(text).errors().find("consort.yaml:6:9: cannot read services.a.ports[1]: the "
                                       "ranges of the file have more than 65535 ports") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_services_read_of_files_may_not_have_too_many_lines) {
  Stack stack("services: {a: {command: a, env_file: a.env}, b: {command: b, env_file: a.env}}");
  std::string lines;
  for (int i = 0; i < 300'000; ++i) lines += '\n';
  stack.folder.write("a.env", lines);
  BOOST_TEST(stack.errors().find("or has more than 250000 lines") != std::string::npos);
}

// Each would take longer than anybody waits if it took time by the square of what there is.
BOOST_AUTO_TEST_SUITE(many)

// Under a sanitizer, which is not there to show time, a tenth.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int lot = 10'000;
#else
constexpr int lot = 100'000;
#endif
constexpr int half = lot / 2, third = lot / 3;  // of what is larger or takes longer

std::string lines(std::string_view before, std::string_view after = {}) {
  std::string text;
  for (int i = 0; i < lot; ++i) {
    text.append(before).append(std::to_string(i)).append(after).append("\n");
  }
  return text;
}

// The service `a` of two files that are the same.
struct Twice : Stack {
  explicit Twice(const std::string& text) : Stack("services:\n  a:\n    image: a\n" + text) {
    options.files = {"consort.yaml", "consort.yaml"};
  }
};

BOOST_AUTO_TEST_CASE(names_in_a_list) {
  Twice stack("    environment:\n" + lines("      - A", "=b"));
  BOOST_TEST(stack.service("a").environment.size() == lot);
}

BOOST_AUTO_TEST_CASE(names_in_a_map) {
  Twice stack("    labels:\n" + lines("      a", ": b"));
  BOOST_TEST(stack.service("a").spec.at("labels").as_object().size() == lot);
}

BOOST_AUTO_TEST_CASE(one_key_again_and_again) {
  const std::string errors =
      Stack("services:\n  a:\n    image: a\n" + lines("    image: ")).errors();
  BOOST_TEST(
      errors.starts_with("consort.yaml:4:5: cannot read the key \"image\": it is already "
                         "set in line 3\n"));
  BOOST_TEST(errors.ends_with("... and " + std::to_string(lot - 200) + " more errors"));
}

BOOST_AUTO_TEST_CASE(texts_that_may_stand_once) {
  Stack stack("services:\n  a:\n    image: a\n    security_opt:\n" + lines("      - a"));
  BOOST_TEST(stack.service("a").spec.at("security_opt").as_array().size() == lot);
}

BOOST_AUTO_TEST_CASE(mounts_of_two_files) {
  Twice stack("    volumes:\n" + lines("      - /a"));
  BOOST_TEST(stack.service("a").spec.at("volumes").as_array().size() == lot);
}

BOOST_AUTO_TEST_CASE(addresses_of_one_host) {
  Twice stack("    extra_hosts:\n" + lines("      - a=1.1."));
  BOOST_TEST(stack.service("a").spec.at("extra_hosts").as_array().size() == lot);
}

BOOST_AUTO_TEST_CASE(subnets_of_one_network) {
  std::string pools;
  for (int i = 0; i < half; ++i) pools += "{subnet: s" + std::to_string(i) + "}, ";
  Twice stack("networks: {n: {ipam: {config: [" + pools + "]}}}\n");
  BOOST_TEST(stack.load().project.services.size() == 1);
}

BOOST_AUTO_TEST_CASE(networks_that_are_not_there) {
  Stack stack("services:\n  a:\n    image: a\n    networks:\n" + lines("      - s") +
              "networks:\n" + lines("  t", ": "));
  const std::string errors = stack.errors();
  BOOST_TEST(
      errors.starts_with("consort.yaml:5:9: cannot read services.a.networks.s0: there is no "
                         "network \"s0\" (did you mean \"t0\"?)"));
  BOOST_TEST(errors.ends_with("... and " + std::to_string(lot - 200) + " more errors"));
}

BOOST_AUTO_TEST_CASE(variables_of_a_file_that_name_each_other) {
  std::string text = "A0=x\n";
  for (int i = 1; i < half; ++i) {
    text += "A" + std::to_string(i) + "=$A" + std::to_string(i - 1) + "\n";
  }
  Stack stack("services: {a: {command: $A" + std::to_string(half - 1) + ", env_file: .env}}");
  stack.folder.write(".env", text);
  BOOST_TEST(joined(stack.service("a").argv) == "x");
}

BOOST_AUTO_TEST_CASE(keys_that_a_second_file_resets) {
  Stack stack("services:\n  a:\n    image: a\n    labels:\n" + lines("      a", ": b"));
  stack.folder.write("consort.override.yaml",
                     "services:\n  a:\n    labels:\n" + lines("      a", ": !reset null"));
  BOOST_TEST(spec(stack.service("a"), "labels") == "-");
}

BOOST_AUTO_TEST_CASE(services_that_extend_one_with_tags) {
  std::string text = "services:\n  base: {image: a}\n";
  for (int i = 0; i < third; ++i) {
    text += "  s" + std::to_string(i) + ": {extends: base, image: !override b}\n";
  }
  BOOST_TEST(Stack(text).load().project.services.size() == third + 1);
}

BOOST_AUTO_TEST_CASE(documents_of_one_file) {
  std::string text;
  for (int i = 0; i < third; ++i) {
    text += "---\nservices: {s" + std::to_string(i) + ": {image: a}}\n";
  }
  BOOST_TEST(Stack(text).load().project.services.size() == third);
}

BOOST_AUTO_TEST_CASE(services_that_extend_one_that_is_too_large) {
  std::string text = "services:\n  base:\n    image: a\n    ports: [1-60000]\n";
  for (int i = 0; i < 10'000; ++i) text += "  s" + std::to_string(i) + ": {extends: base}\n";
  BOOST_TEST(Stack(text).errors().find("cannot extend a service here: the project has too many "
                                       "values") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
