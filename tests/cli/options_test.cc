#include "core/cli/options.h"

#include <boost/test/unit_test.hpp>

#include "core/cli/commands.h"

namespace {

using consort::cli::commands;
using consort::cli::parse_invocation;
using Line = std::vector<std::string>;
using Words = std::vector<std::string>;

consort::cli::Invocation parsed(const Line& line) {
  auto invocation = parse_invocation(line, commands());
  BOOST_REQUIRE_MESSAGE(invocation.has_value(), invocation.error().message());
  return std::move(*invocation);
}

std::string refused(const Line& line) {
  const auto invocation = parse_invocation(line, commands());
  BOOST_REQUIRE(!invocation.has_value());
  BOOST_TEST((invocation.error().kind() == consort::base::ErrorKind::invalid));
  return invocation.error().message();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(options_may_follow_the_words) {
  const auto up = parsed({"up", "web", "-d", "db"});
  BOOST_TEST((up.command == &consort::cli::cmd_up));
  BOOST_TEST(up.arguments.flag("detach"));
  BOOST_TEST(up.arguments.words() == (Words{"web", "db"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(options_of_exec_end_at_the_service) {
  const auto exec = parsed({"exec", "-T", "web", "sh", "-c", "echo $0", "--index", "x"});
  BOOST_TEST(exec.arguments.flag("no-TTY"));
  BOOST_TEST(!exec.arguments.flag("index"));
  BOOST_TEST(exec.arguments.words() == (Words{"web", "sh", "-c", "echo $0", "--index", "x"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_empty_argument_of_a_command_is_kept) {
  const auto run = parsed({"run", "--rm", "web", "echo", "", "-n"});
  BOOST_TEST(run.arguments.words() == (Words{"web", "echo", "", "-n"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(help_behind_the_service_is_the_commands_own) {
  const auto exec = parsed({"exec", "web", "ls", "--help"});
  BOOST_TEST(!exec.help);
}

BOOST_AUTO_TEST_CASE(global_options_stand_before_or_after_the_command) {
  for (const Line& line : {Line{"-p", "shop", "ps", "-a"}, Line{"ps", "-a", "-p", "shop"},
                           Line{"ps", "--project-name=shop", "--all"}}) {
    const auto ps = parsed(line);
    BOOST_TEST(ps.globals.get("project-name", "") == "shop");
    BOOST_TEST(ps.arguments.flag("all"));
  }
}

BOOST_AUTO_TEST_CASE(a_commands_own_letter_hides_the_global_one) {
  const auto logs = parsed({"-f", "a.yaml", "logs", "-f", "web"});
  BOOST_TEST(logs.globals.values("file") == Words{"a.yaml"}, boost::test_tools::per_element());
  BOOST_TEST(logs.arguments.flag("follow"));
  BOOST_TEST(logs.arguments.words() == Words{"web"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(file_is_repeatable_and_may_be_a_dash) {
  const auto up = parsed({"-f", "a.yaml", "-f", "-", "up"});
  BOOST_TEST(up.globals.values("file") == (Words{"a.yaml", "-"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_of_a_single_option_wins) {
  BOOST_TEST(parsed({"down", "-t", "1", "-t5"}).arguments.get("timeout", "") == "5");
}

BOOST_AUTO_TEST_CASE(letters_may_be_joined) {
  const auto ps = parsed({"ps", "-aq"});
  BOOST_TEST(ps.arguments.flag("all"));
  BOOST_TEST(ps.arguments.flag("quiet"));
}

BOOST_AUTO_TEST_CASE(commands_of_two_words_are_found) {
  BOOST_TEST((parsed({"supervisor", "stop"}).command == &consort::cli::cmd_supervisor_stop));
}

BOOST_AUTO_TEST_CASE(an_unknown_command_names_the_nearest) {
  BOOST_TEST(refused({"dwon"}) == "unknown command \"dwon\"; did you mean \"down\"?");
  BOOST_TEST(refused({"scale"}) ==
             "there is no command \"scale\": 'consort up -d --scale SERVICE=NUMBER' does it");
}

BOOST_AUTO_TEST_CASE(an_unknown_option_names_the_nearest) {
  BOOST_TEST(refused({"up", "-v"}) == "up: unknown option -v");
  BOOST_TEST(refused({"up", "--force-recrate"}) ==
             "up: unknown option --force-recrate; did you mean --force-recreate?");
}

BOOST_AUTO_TEST_CASE(an_abbreviated_option_is_unknown) {
  BOOST_TEST(refused({"up", "--det"}).find("unknown option --det") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_value_is_said) {
  BOOST_TEST(refused({"down", "-t"}).find("needs a value") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_value_of_a_switch_is_refused) {
  BOOST_TEST(refused({"up", "--wait=maybe"}).find("takes no value") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_choice_outside_the_list_is_refused) {
  BOOST_TEST(refused({"ps", "--format", "xml"}) ==
             "ps: --format cannot be \"xml\": use one of table, json");
}

BOOST_AUTO_TEST_CASE(the_number_of_words_is_checked) {
  BOOST_TEST(refused({"port", "web"}).find("too few arguments") != std::string::npos);
  BOOST_TEST(refused({"ls", "web"}).find("no argument is taken") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_at_all_is_no_error) { BOOST_TEST((parsed({}).command == nullptr)); }

BOOST_AUTO_TEST_CASE(every_command_is_complete_and_has_letters_once) {
  for (const auto* command : commands()) {
    BOOST_TEST_CONTEXT(std::string(command->name)) {
      BOOST_TEST((command->run != nullptr));
      BOOST_TEST(!command->summary.empty());
      std::string letters;
      for (const auto& option : command->options) {
        BOOST_TEST(!option.help.empty());
        if (option.letter == 0) continue;
        BOOST_TEST(letters.find(option.letter) == std::string::npos);
        letters += option.letter;
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_listing_takes_format_json) {
  for (const char* name : {"ps", "ls", "logs", "events", "stats", "port", "config", "plan",
                           "runtimes", "doctor", "version", "supervisor status"}) {
    std::string line(name);
    std::vector<std::string> words;
    for (std::size_t at; (at = line.find(' ')) != std::string::npos; line.erase(0, at + 1)) {
      words.push_back(line.substr(0, at));
    }
    words.push_back(line);
    if (line == "port") words.insert(words.end(), {"web", "80"});
    words.insert(words.end(), {"--format", "json"});
    BOOST_TEST(parsed(words).arguments.get("format", "") == "json", name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
