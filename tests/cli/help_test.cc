#include "core/cli/help.h"

#include <boost/test/unit_test.hpp>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/cli/commands.h"

using namespace consort;
using namespace consort::cli;

BOOST_AUTO_TEST_SUITE(help)

BOOST_AUTO_TEST_CASE(every_command_that_is_not_hidden_is_listed) {
  const std::string text = help_text(commands());
  for (const Command* command : commands()) {
    const bool listed = text.find("\n  " + std::string(command->name) + ' ') != std::string::npos;
    BOOST_TEST(listed == !command->hidden, std::string(command->name));
  }
}

BOOST_AUTO_TEST_CASE(a_commands_help_has_every_option_and_fits_the_width) {
  for (const Command* command : commands()) {
    const std::string text = help_text(*command, 80);
    for (const Option& option : command->options) {
      BOOST_TEST(text.find("--" + std::string(option.name)) != std::string::npos);
    }
    for (const std::string& line : base::split(text, '\n')) BOOST_TEST(line.size() <= 80U, line);
  }
}

BOOST_AUTO_TEST_CASE(the_manual_page_in_the_tree_is_the_one_that_is_made) {
  const auto page = base::read_file(CONSORT_SOURCE_DIR "/docs/man/consort.1");
  BOOST_REQUIRE(page.has_value());
  BOOST_TEST(*page == manual_page(commands()),
             "docs/man/consort.1 is old: consort help --man > docs/man/consort.1");
}

BOOST_AUTO_TEST_CASE(the_page_about_the_commands_names_each_with_each_option) {
  const auto page = base::read_file(CONSORT_SOURCE_DIR "/docs/cli.md");
  BOOST_REQUIRE(page.has_value());
  for (const Command* command : commands()) {
    if (command->hidden) continue;
    const std::string name(command->name);
    BOOST_TEST(page->find("`" + name + "`") != std::string::npos, name);
    for (const Option& option : command->options) {
      BOOST_TEST(page->find("--" + std::string(option.name)) != std::string::npos,
                 name << " --" << std::string(option.name));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
