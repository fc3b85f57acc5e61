#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace consort::process {

// Who runs a service: numbers only, so that the shim needs no user database.
struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary, complete
  std::string home;           // "" where the user database has none
  std::string name;
};

// Resolves Compose's `user:` ("name", "uid", each with ":group" or ":gid") and `group_add`. A name
// must be in the user database; a number need not. The error is a sentence: "cannot run as x: ...".
std::variant<Account, std::string> resolve_account(std::string_view user,
                                                   const std::vector<std::string>& group_add);

// Why this process may not become `account`, or "" if it may.
std::string cannot_become(const Account& account);

}  // namespace consort::process
