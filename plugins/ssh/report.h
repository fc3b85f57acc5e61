#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include "plugins/ssh/launch.h"

// Answers of hosts as the JSON that the SDK asks for. Pure.
namespace consort::ssh {

// Of the relay's `stats`.
std::string stats_of(std::string_view usage);
// Of the relay's `list`.
void add_listed(std::string_view lines, boost::json::array& found);
std::string obstacles_of(const std::vector<Obstacle>& obstacles);

// What is known of the hosts in use, for `consort doctor`.
class HostFacts {
 public:
  void add(const std::map<std::string, std::string>& facts);
  void add(HostFacts other);
  std::string fingerprint(const std::string& problem) const;

 private:
  std::map<std::string, std::string> hosts_;  // name to description
};

}  // namespace consort::ssh
