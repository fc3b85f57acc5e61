#include <csignal>

#include <boost/test/unit_test.hpp>

#include "plugins/process/limits.h"
#include "plugins/process/signals.h"
#include "plugins/process/spec_text.h"

namespace consort::process {

BOOST_AUTO_TEST_SUITE(process_names)

BOOST_AUTO_TEST_CASE(signals_have_their_names_with_and_without_prefix_and_numbers) {
  BOOST_TEST(signal_number("SIGTERM").value() == SIGTERM);
  BOOST_TEST(signal_number("HUP").value() == SIGHUP);
  BOOST_TEST(signal_number("9").value() == SIGKILL);
  BOOST_TEST(signal_number("SIGRTMIN+3").value() == SIGRTMIN + 3);
}

BOOST_AUTO_TEST_CASE(an_unknown_signal_is_none_and_never_another_one) {
  for (const auto* name :
       {"", "SIG", "SIGNOPE", "0", "-1", "999", "SIGRTMIN+99", "SIGRTMIN+", "TERM "}) {
    BOOST_TEST(!signal_number(name).has_value(), name);
  }
}

BOOST_AUTO_TEST_CASE(limits_have_composes_names) {
  BOOST_TEST(limit_resource("nofile").value() == int{RLIMIT_NOFILE});
  BOOST_TEST(!limit_resource("nofiles").has_value());
  BOOST_TEST(limit_value(-1) == RLIM_INFINITY);
}

BOOST_AUTO_TEST_CASE(a_soft_limit_above_the_hard_one_is_refused) {
  BOOST_TEST(cannot_grant("nofile", {RLIMIT_NOFILE, 20, 10}).find("soft limit") !=
             std::string::npos);
  BOOST_TEST(cannot_grant("nofile", {RLIMIT_NOFILE, 10, 20}) == "");
}

BOOST_AUTO_TEST_CASE(a_spec_keeps_every_byte_but_nul) {
  SpecText text;
  text.add("arg", "a b\n\"'=").add("arg", "").add("env", "K=V=W").add("uid", std::uint64_t{7});
  const auto args = spec_values(text.str(), "arg");
  BOOST_REQUIRE(args.size() == 2u);
  BOOST_TEST(args[0] == "a b\n\"'=");
  BOOST_TEST(args[1] == "");
  BOOST_TEST(spec_value(text.str(), "env") == "K=V=W");
  BOOST_TEST(spec_value(text.str(), "uid") == "7");
  BOOST_TEST(spec_value(text.str(), "gid") == "");
}

BOOST_AUTO_TEST_CASE(a_spec_without_keys_keeps_the_others_in_order) {
  SpecText text;
  text.add("arg", "1").add("env", "A=1").add("arg", "2").add("env", "B=2");
  const std::string rest = spec_without(text.str(), {"arg"});
  BOOST_TEST(spec_values(rest, "arg").empty());
  BOOST_TEST(spec_values(rest, "env").size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::process
