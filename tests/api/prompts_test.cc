#include "core/daemon/prompts.h"

#include <boost/test/unit_test.hpp>

namespace consort::daemon {
namespace {

using runtime::Answer;

struct Fixture {
  void ask(std::uint64_t question, const std::string& instance = "") {
    prompts->ask(
        "remote", {question, true, instance, "Passphrase"},
        instance.empty() ? std::nullopt : std::make_optional(model::ReplicaId{instance, 2}));
  }
  std::vector<std::uint64_t> told;
  model::Event last;
  std::vector<std::string> replies;
  std::optional<Prompts> prompts{
      std::in_place,
      [this](model::Event event) {
        told.push_back(event.prompt);
        last = std::move(event);
      },
      [this](const std::string& runtime, std::uint64_t question, Answer answer) {
        const char* kinds[] = {"given", "nobody", "refused"};
        replies.push_back(runtime + " " + std::to_string(question) + " " +
                          kinds[static_cast<int>(answer.kind)] + " " + answer.text);
      }};
};
using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(prompts, Fixture)

BOOST_AUTO_TEST_CASE(without_a_command_nobody_answers) {
  ask(7);
  BOOST_TEST(replies == Texts{"remote 7 nobody "}, boost::test_tools::per_element());
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(a_command_is_told_and_answers_once) {
  const auto command = prompts->join();
  ask(7, "web");
  BOOST_TEST(last.type == "prompt");
  BOOST_TEST(last.action == "secret");
  BOOST_TEST(last.service == "web");
  BOOST_TEST(last.index == 2u);
  BOOST_TEST(!!prompts->answer(last.prompt, {Answer::Kind::given, "open sesame"}));
  BOOST_TEST(replies == Texts{"remote 7 given open sesame"}, boost::test_tools::per_element());
  const auto again = prompts->answer(last.prompt, {Answer::Kind::given, "twice"});
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().kind() == base::ErrorKind::not_found));
  BOOST_TEST(replies.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_command_that_comes_later_is_told_what_is_open) {
  auto first = prompts->join();
  ask(7);
  ask(8);
  const auto second = prompts->join();
  BOOST_TEST(told == (Numbers{1, 2, 1, 2}), boost::test_tools::per_element());
  first.reset();
  BOOST_TEST(replies.empty());
  BOOST_TEST(!!prompts->answer(2, {Answer::Kind::refused}));
  BOOST_TEST(replies == Texts{"remote 8 refused "}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(with_the_last_command_go_the_open_questions) {
  auto first = prompts->join();
  auto second = prompts->join();
  ask(7);
  ask(8);
  first.reset();
  second.reset();
  BOOST_TEST(replies == (Texts{"remote 7 nobody ", "remote 8 nobody "}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_withdrawn_or_asked_anew_takes_no_old_answer) {
  const auto command = prompts->join();
  ask(7);
  prompts->withdraw("remote", 7);
  BOOST_TEST(!prompts->answer(1, {Answer::Kind::given, "x"}));
  ask(7);
  ask(7);
  BOOST_TEST(!prompts->answer(2, {Answer::Kind::given, "x"}));
  BOOST_TEST(!!prompts->answer(3, {Answer::Kind::given, "x"}));
  BOOST_TEST(replies.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_token_may_outlive_the_prompts) {
  const auto command = prompts->join();
  prompts.reset();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::daemon
