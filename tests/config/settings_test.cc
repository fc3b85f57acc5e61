#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "core/config/settings.h"
#include "tests/config/support.h"

using namespace consort::config;
namespace json = boost::json;

namespace {

constexpr const char* system_file = "/etc/consort/consort.toml";
constexpr const char* user_file = "/home/ann/.config/consort/consort.toml";

RuntimeInfo runtime(std::string name, std::vector<std::string> aliases, std::string_view schema) {
  RuntimeInfo info;
  info.name = std::move(name);
  info.aliases = std::move(aliases);
  if (!schema.empty()) info.settings_schema = json::parse(schema).as_object();
  return info;
}

const std::vector<RuntimeInfo> runtimes{
    runtime("process", {"native"},
            R"({"type": "object", "additionalProperties": false, "properties": {
                "log_max_bytes": {"type": "integer", "minimum": 65536},
                "log_max_files": {"type": "integer", "minimum": 1, "default": 3}}})"),
    runtime("podman", {"pod"}, "")};

// What is wrong with a file, in the order of its lines.
struct Read {
  explicit Read(std::string_view text) { user(text); }
  Read(std::string_view system, std::string_view text) {
    read_settings(system, system_file, SettingLevel::system, "/home/ann", settings, out);
    user(text);
  }
  void user(std::string_view text) {
    read_settings(text, user_file, SettingLevel::user, "/home/ann", settings, out);
  }
  std::string messages(Severity severity = Severity::error) {
    std::string text;
    for (auto& diagnostic : out.take(severity, {system_file, user_file})) {
      diagnostic.where.file = diagnostic.where.file == system_file ? "system" : "user";
      text += to_string(diagnostic) + '\n';
    }
    return text;
  }
  std::string of_runtime(const std::string& name) {
    const auto found = runtime_settings(settings, runtimes, out);
    return found.contains(name) ? json::serialize(found.at(name)) : "-";
  }
  SettingLine line(std::string_view name) {
    for (auto& line : list_settings(settings, runtimes)) {
      if (line.name == name) return line;
    }
    BOOST_FAIL("no setting " << name);
    return {};
  }
  // "VALUE FILE:LINE:COLUMN"
  std::string shown(std::string_view name) {
    const SettingLine found = line(name);
    return json::serialize(found.value) + ' ' + consort::model::to_string(found.where);
  }

  Settings settings;
  Diagnostics out;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(an_empty_file_leaves_the_defaults) {
  Read read("");
  BOOST_TEST(read.messages() == "");
  BOOST_TEST(read.settings.runtime.value == "process");
  BOOST_TEST(read.settings.image_runtime.value == "container");
  BOOST_TEST(read.settings.host_runtime.value == "remote");
  BOOST_TEST(read.settings.log_max_size.value == 32u << 20);
  BOOST_TEST(read.settings.log_max_files.value == 16u);
  BOOST_TEST((read.settings.color.value == ColorWhen::automatic));
  BOOST_TEST(read.shown("logs.max_files") == "16 ");
}

BOOST_AUTO_TEST_CASE(each_value_knows_its_place) {
  Read read("[logs]\nmax_size = \"64k\"\n  max_files = 7\n");
  BOOST_TEST(read.messages() == "");
  BOOST_TEST(read.settings.log_max_size.value == 64u << 10);
  BOOST_TEST(read.shown("logs.max_size") == "65536 /home/ann/.config/consort/consort.toml:2:12");
  BOOST_TEST(read.shown("logs.max_files") == "7 /home/ann/.config/consort/consort.toml:3:15");
}

BOOST_AUTO_TEST_CASE(the_users_value_goes_before_the_systems_key_by_key) {
  Read read("[logs]\nmax_size = \"1g\"\nmax_files = 9\n[output]\ncolor = 'never'\n",
            "[logs]\nmax_files = 2\n");
  BOOST_TEST(read.messages() == "");
  BOOST_TEST(read.settings.log_max_size.value == 1u << 30);
  BOOST_TEST(read.settings.log_max_files.value == 2u);
  BOOST_TEST((read.settings.color.level == SettingLevel::system));
  BOOST_TEST((read.settings.log_max_files.level == SettingLevel::user));
}

BOOST_AUTO_TEST_CASE(sizes_have_dockers_forms_and_a_word_for_no_limit) {
  for (const auto& [text, size] : {std::pair("\"10m\"", 10u << 20), std::pair("\"100kb\"", 102400u),
                                   std::pair("65536", 65536u), std::pair("\"unlimited\"", 0u)}) {
    Read read(std::string("[logs]\nmax_size = ") + text);
    BOOST_TEST(read.messages() == "");
    BOOST_TEST(read.settings.log_max_size.value == size);
  }
  for (const char* text : {"\"10x\"", "1", "\"-1\"", "true", "[]", "\"99999999999g\"", "\"m\""}) {
    Read read(std::string("[logs]\nmax_size = ") + text);
    BOOST_TEST(read.messages().find("user:2:12: cannot read logs.max_size: ") == 0u);
    BOOST_TEST(read.settings.log_max_size.value == 32u << 20);
  }
}

BOOST_AUTO_TEST_CASE(everything_that_is_wrong_is_told_with_its_place) {
  Read read(
      "[log]\n[logs]\nmax_file = 3\nmax_files = 0\n[output]\ncolor = \"sometimes\"\n"
      "[defaults]\nruntime = []\n");
  BOOST_TEST(read.messages() ==
             "user:1:2: cannot read the file: unknown key \"log\" (did you mean \"logs\"?)\n"
             "user:3:1: cannot read logs: unknown key \"max_file\" (did you mean \"max_files\"?)\n"
             "user:4:13: cannot read logs.max_files: \"0\" is not in the range (accepted: 1 to "
             "1000)\n"
             "user:6:9: cannot read output.color: \"sometimes\" is not a way to use colours "
             "(accepted: auto, always, never)\n"
             "user:8:11: cannot read defaults.runtime: a list is not a text\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_toml_is_told_where_it_ends_to_be) {
  Read read("[logs]\nmax_files = \n");
  BOOST_TEST(read.messages().find("user:2:13: not TOML: ") == 0u);
}

BOOST_AUTO_TEST_CASE(a_value_where_a_table_belongs_is_an_error) {
  Read read("logs = 3\n");
  BOOST_TEST(read.messages() == "user:1:8: cannot read logs: \"3\" is not a table\n");
}

BOOST_AUTO_TEST_CASE(plugin_paths_start_at_their_file_and_the_users_come_first) {
  Read read("[plugins]\npaths = [\"/opt/a\", \"runtimes\"]\n",
            "[plugins]\npaths = [\"~/mine\", \"../b\"]\n");
  BOOST_TEST(read.messages() == "");
  std::string paths;
  for (const auto& path : read.settings.plugin_paths) paths += path.value + '\n';
  BOOST_TEST(paths == "/home/ann/mine\n/home/ann/.config/b\n/opt/a\n/etc/consort/runtimes\n");
}

BOOST_AUTO_TEST_CASE(a_runtimes_settings_are_merged_by_key_and_keep_their_types) {
  Read read("[runtimes.podman]\nsocket = \"/run/a\"\nretries = 3\n",
            "[runtimes.podman]\nsocket = \"8\"\nfast = true\nratio = 0.5\nhosts = [\"a\"]\n");
  BOOST_TEST(read.of_runtime("podman") ==
             R"({"retries":3,"socket":"8","fast":true,"ratio":5E-1,"hosts":["a"]})");
  BOOST_TEST(read.messages() == "");
}

BOOST_AUTO_TEST_CASE(a_runtimes_settings_are_checked_with_its_schema) {
  Read read("[runtimes.process]\nlog_max_bytes = \"much\"\nlog_max_files = 0\nlog_max_byte = 1\n");
  read.of_runtime("process");
  const std::string messages = read.messages();
  BOOST_TEST_CONTEXT(messages) {
    BOOST_TEST(messages.find("user:2:17: cannot read runtimes.process.log_max_bytes for runtime "
                             "process: \"much\" is not accepted: ") == 0u);
    BOOST_TEST(messages.find("user:3:17: cannot read runtimes.process.log_max_files for runtime "
                             "process: 0 is not accepted: ") != std::string::npos);
    BOOST_TEST(messages.find("user:4:1: cannot read runtimes.process: unknown key "
                             "\"log_max_byte\" (did you mean \"log_max_bytes\"?)\n") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(an_alias_means_its_runtime_but_not_beside_it) {
  Read alone("[runtimes.native]\nlog_max_files = 2\n");
  BOOST_TEST(alone.of_runtime("process") == R"({"log_max_files":2})");
  BOOST_TEST(alone.messages() == "");
  Read both("[runtimes.native]\nlog_max_files = 2\n[runtimes.process]\nlog_max_files = 3\n");
  both.of_runtime("process");
  BOOST_TEST(both.messages() ==
             "user:3:11: cannot read runtimes.process: \"process\" is runtime process, which has "
             "settings under another name as well\n");
}

BOOST_AUTO_TEST_CASE(settings_of_a_runtime_that_is_not_there_are_a_warning) {
  Read read("[runtimes.podmann]\nx = 1\n[runtimes.container]\ny = 2\n");
  BOOST_TEST(read.of_runtime("podmann") == "-");
  BOOST_TEST(read.of_runtime("container") == R"({"y":2})");
  BOOST_TEST(read.messages() == "");
  Read again("[runtimes.podmann]\nx = 1\n");
  again.of_runtime("podmann");
  BOOST_TEST(again.messages(Severity::warning) ==
             "user:1:11: runtimes.podmann: no runtime of this name is installed (did you mean "
             "\"podman\"?)\n");
}

BOOST_AUTO_TEST_CASE(default_runtimes_are_known_ones) {
  Read read("[defaults]\nruntime = \"proces\"\nimage_runtime = \"pod\"\n");
  read.of_runtime("process");
  BOOST_TEST(read.messages() ==
             "user:2:11: cannot read defaults.runtime: unknown runtime \"proces\" (did you mean "
             "\"process\"?) (installed: podman, process)\n");
}

BOOST_AUTO_TEST_CASE(a_service_that_names_no_runtime_gets_the_default_one) {
  test::Stack stack(R"(
services:
  plain: {command: c}
  image: {image: i}
  build: {build: .}
  named: {image: i, command: c, runtime: process}
)");
  stack.options.runtimes = runtimes;
  stack.options.default_runtimes = {"pod", "podman", "remote"};
  BOOST_TEST(stack.service("plain").runtime == "podman");
  BOOST_TEST(stack.service("image").runtime == "podman");
  BOOST_TEST(stack.service("build").runtime == "podman");
  BOOST_TEST(stack.service("named").runtime == "process");
}

BOOST_AUTO_TEST_CASE(the_list_names_what_can_be_set_for_installed_runtimes) {
  Read read("[runtimes.process]\nlog_max_bytes = 70000\n");
  BOOST_TEST(read.shown("runtimes.process.log_max_bytes") ==
             "70000 /home/ann/.config/consort/consort.toml:2:17");
  BOOST_TEST(read.shown("runtimes.process.log_max_files") == "3 ");
}

BOOST_AUTO_TEST_SUITE_END()
