#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// What a configuration says of one host: of each keyword the first line that applies, as in ssh.
// Pure. Looking up throws consort::Error, at the line, where ssh would connect to something else
// than we do: a keyword that changes the target and is not supported, or one that depends on it
// under a Match.
class Lookup {
 public:
  // `decided`: keywords, in lower case, that the files have no say in.
  Lookup(const SshConfig& config, std::string_view name, const std::set<std::string>& decided);

  // The line of a keyword, in lower case; null if there is none.
  const SshConfig::Line* line(std::string_view keyword) const;
  // Its one value; "" if there is none.
  std::string value(std::string_view keyword) const;
  // Of yes and no; `otherwise` if there is none.
  bool flag(std::string_view keyword, bool otherwise) const;
  // A number from `least` to `most`; `otherwise` if there is none.
  long number(std::string_view keyword, long least, long most, long otherwise) const;
  // A length of time, "90", "1m30s" or "none"; `otherwise` if there is none.
  std::chrono::seconds seconds(std::string_view keyword, std::chrono::seconds otherwise) const;
  // IdentityFile adds up.
  const std::vector<const SshConfig::Line*>& identity_files() const { return identity_files_; }

 private:
  std::map<std::string_view, const SshConfig::Line*> lines_;  // by slot
  std::vector<const SshConfig::Line*> identity_files_;
};

}  // namespace consort::ssh
