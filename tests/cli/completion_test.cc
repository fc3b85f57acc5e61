#include "core/cli/completion.h"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "core/cli/commands.h"

using namespace consort::cli;

namespace {

using Line = std::vector<std::string>;

Completion completed(const Line& line) { return complete(line, commands()); }

bool offers(const Completion& completion, const std::string& word) {
  return std::ranges::find(completion.candidates, word, &Candidate::word) !=
         completion.candidates.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(completion)

BOOST_AUTO_TEST_CASE(the_first_word_is_a_command) {
  const auto first = completed({"re"});
  BOOST_TEST(offers(first, "restart"));
  BOOST_TEST(!offers(first, "up"));
  BOOST_TEST(!first.wants_services);
}

BOOST_AUTO_TEST_CASE(hidden_commands_are_not_offered) {
  BOOST_TEST(!offers(completed({""}), "__complete"));
}

BOOST_AUTO_TEST_CASE(a_group_of_commands_is_offered_once_and_then_its_members) {
  const auto group = completed({"sup"});
  BOOST_TEST(group.candidates.size() == 1U);
  BOOST_TEST(offers(group, "supervisor"));
  BOOST_TEST(offers(completed({"supervisor", ""}), "restart"));
}

BOOST_AUTO_TEST_CASE(options_of_the_command_are_offered_with_their_help) {
  const auto options = completed({"up", "--wa"});
  BOOST_REQUIRE(options.candidates.size() == 2U);
  BOOST_TEST(offers(options, "--wait"));
  BOOST_TEST(offers(options, "--wait-timeout"));
  BOOST_TEST(!options.candidates[0].help.empty());
}

BOOST_AUTO_TEST_CASE(services_are_wanted_where_they_may_stand) {
  BOOST_TEST(completed({"logs", "-f", ""}).wants_services);
  BOOST_TEST(completed({"up", "web", ""}).wants_services);
  BOOST_TEST(!completed({"ls", ""}).wants_services);
}

BOOST_AUTO_TEST_CASE(behind_the_service_of_exec_stand_files) {
  BOOST_TEST(completed({"exec", ""}).wants_services);
  const auto command = completed({"exec", "web", ""});
  BOOST_TEST(!command.wants_services);
  BOOST_TEST(command.wants_files);
  BOOST_TEST(completed({"exec", "web", "--"}).candidates.empty());
}

BOOST_AUTO_TEST_CASE(values_of_options_are_offered) {
  BOOST_TEST(offers(completed({"ps", "--format", "j"}), "json"));
  BOOST_TEST(completed({"up", "--exit-code-from", ""}).wants_services);
  BOOST_TEST(completed({"-f", ""}).wants_files);
  BOOST_TEST(!completed({"down", "-t", ""}).wants_services);
}

BOOST_AUTO_TEST_CASE(global_options_are_kept_to_find_the_project_by) {
  const auto services = completed({"-f", "a.yaml", "--profile=dev", "logs", ""});
  BOOST_TEST(services.before == (Line{"--file=a.yaml", "--profile=dev"}),
             boost::test_tools::per_element());
  BOOST_TEST(services.wants_services);
}

BOOST_AUTO_TEST_CASE(there_is_a_script_for_each_shell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    BOOST_TEST(completion_script(shell).find("consort __complete --") != std::string::npos, shell);
    BOOST_TEST(offers(completed({"completion", ""}), shell));
  }
  BOOST_TEST(completion_script("tcsh").empty());
}

BOOST_AUTO_TEST_SUITE_END()
