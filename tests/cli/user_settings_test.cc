#include "core/cli/user_settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "core/base/file.h"
#include "core/cli/settings_text.h"
#include "tests/base/temp_dir.h"

using namespace consort;
using namespace consort::cli;
using config::ColorWhen;
using config::SettingLevel;

namespace {

// Two files in folders of their own.
struct Files {
  Files() { places = {dir.path() / "system.toml", dir.path() / "user.toml", dir.path().string()}; }
  void write(const std::filesystem::path& path, std::string_view text, mode_t mode = 0600) {
    BOOST_REQUIRE(base::write_file_atomic(path, text, static_cast<int>(mode)));
    BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
  }
  UserSettings load() { return load_settings(places, ::geteuid()); }

  test::TempDir dir;
  SettingsPlaces places;
};

config::Setting<ColorWhen> color(ColorWhen when, SettingLevel level) { return {when, level, {}}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(user_settings)

BOOST_AUTO_TEST_CASE(the_users_file_goes_before_the_systems) {
  Files files;
  files.write(files.places.system, "[logs]\nmax_files = 7\nmax_size = '1m'\n");
  files.write(files.places.user, "[logs]\nmax_files = 8\n");
  const auto settings = files.load();
  BOOST_TEST(settings.problems.empty());
  BOOST_TEST(settings.values.log_max_files.value == 8u);
  BOOST_TEST(settings.values.log_max_size.value == 1u << 20);
}

BOOST_AUTO_TEST_CASE(files_that_are_not_there_are_no_problem) {
  Files files;
  const auto settings = files.load();
  BOOST_TEST(settings.problems.empty());
  BOOST_REQUIRE(settings.files.size() == 2u);
  BOOST_TEST((settings.files[0].state == SettingsFile::State::absent));
}

BOOST_AUTO_TEST_CASE(a_file_that_others_can_write_counts_for_nothing) {
  Files files;
  files.write(files.places.user, "[logs]\nmax_files = 8\n", 0620);
  const auto settings = files.load();
  BOOST_TEST(settings.values.log_max_files.value == config::Settings{}.log_max_files.value);
  BOOST_TEST((settings.files[1].state == SettingsFile::State::refused));
  BOOST_TEST(settings.files[1].reason.find("is writable by its group: chmod g-w it") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_of_somebody_else_counts_for_nothing) {
  Files files;
  files.write(files.places.user, "[logs]\nmax_files = 8\n");
  if (::geteuid() == 0) {
    BOOST_REQUIRE(::chown(files.places.user.c_str(), 1, 1) == 0);
  }
  const uid_t other = ::geteuid() == 0 ? 0 : ::geteuid() + 1;
  const auto settings = load_settings(files.places, other);
  BOOST_TEST(settings.values.log_max_files.value == config::Settings{}.log_max_files.value);
  BOOST_TEST((settings.files[1].state == SettingsFile::State::refused));
}

BOOST_AUTO_TEST_CASE(what_is_right_in_a_wrong_file_counts) {
  Files files;
  files.write(files.places.user, "[logs]\nmax_files = 8\nmax_size = 1\n");
  const auto settings = files.load();
  BOOST_TEST(settings.values.log_max_files.value == 8u);
  BOOST_REQUIRE(settings.problems.size() == 1u);
  BOOST_TEST(settings.problems[0].where.line == 3);
  BOOST_TEST((settings.files[1].state == SettingsFile::State::wrong));
}

BOOST_AUTO_TEST_CASE(colours_are_those_of_the_first_that_says_something) {
  const base::Fd null(::dup(2));  // whatever it is: each case says how it must look
  const auto colors = [&](const char* ansi, config::Setting<ColorWhen> setting, const char* none) {
    return look_at(null.get(), ansi, setting, none, "xterm").colors;
  };
  const auto user = color(ColorWhen::always, SettingLevel::user);
  const auto system = color(ColorWhen::always, SettingLevel::system);
  BOOST_TEST(colors(nullptr, user, nullptr));
  BOOST_TEST(colors(nullptr, user, "1"));
  BOOST_TEST(!colors(nullptr, system, "1"));
  BOOST_TEST(colors(nullptr, system, ""));
  BOOST_TEST(!colors("never", user, nullptr));
  BOOST_TEST(colors("always", color(ColorWhen::never, SettingLevel::user), "1"));
  BOOST_TEST(!colors(nullptr, color(ColorWhen::never, SettingLevel::user), nullptr));
}

BOOST_AUTO_TEST_CASE(the_list_says_where_each_value_comes_from) {
  Files files;
  files.write(files.places.user, "[logs]\nmax_files = 8\n");
  const auto settings = files.load();
  const auto lines = config::list_settings(settings.values, {});
  const std::string user = files.places.user.string();
  const std::string text = settings_text(settings, lines);
  BOOST_TEST_CONTEXT(text) {
    BOOST_TEST(text.find(user + ":2:13\n") != std::string::npos);
    BOOST_TEST(text.find("default\n") != std::string::npos);
  }
  const auto json = settings_json(settings, lines);
  BOOST_TEST(json.at("files").as_array()[1].at("state").as_string() == "read");
  for (const auto& row : json.at("settings").as_array()) {
    const bool own = row.at("name").as_string() == "logs.max_files";
    BOOST_TEST(row.at("origin").is_object() == own);
  }
}

BOOST_AUTO_TEST_SUITE_END()
