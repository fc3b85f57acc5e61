#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "plugins/process/account.h"

namespace consort::process {

BOOST_AUTO_TEST_SUITE(account)

BOOST_AUTO_TEST_CASE(no_user_is_the_one_who_runs) {
  const auto own = std::get<Account>(resolve_account("", {}));
  BOOST_TEST(own.uid == ::geteuid());
  BOOST_TEST(own.gid == ::getegid());
}

BOOST_AUTO_TEST_CASE(a_name_brings_its_group_and_home) {
  const auto nobody = std::get<Account>(resolve_account("nobody", {}));
  BOOST_TEST(nobody.uid == 65534u);
  BOOST_TEST(nobody.name == "nobody");
  BOOST_TEST(!nobody.home.empty());
}

BOOST_AUTO_TEST_CASE(numbers_need_no_entry_in_the_user_database) {
  const auto someone = std::get<Account>(resolve_account("4242:4343", {"4444"}));
  BOOST_TEST(someone.uid == 4242u);
  BOOST_TEST(someone.gid == 4343u);
  BOOST_TEST(someone.groups.back() == 4444u);
}

BOOST_AUTO_TEST_CASE(unknown_names_are_refused_by_name) {
  BOOST_TEST(std::get<std::string>(resolve_account("no-such-user", {})) ==
             "cannot run as user \"no-such-user\": this machine has no such user");
  BOOST_TEST(std::get<std::string>(resolve_account("root:no-such-group", {})) ==
             "cannot run as group \"no-such-group\": this machine has no such group");
}

BOOST_AUTO_TEST_CASE(only_root_becomes_another) {
  Account other = std::get<Account>(resolve_account("4242:4343", {}));
  BOOST_TEST(cannot_become(other).empty() == (::geteuid() == 0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::process
