#include "plugins/ssh/report.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <boost/json.hpp>

#include <libssh2.h>

namespace consort::ssh {
namespace {

namespace json = boost::json;

template <class Visit>
void each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos) visit(line.substr(0, space), line.substr(space + 1));
  }
}

std::string value_of(const std::map<std::string, std::string>& facts, const char* key) {
  const auto found = facts.find(key);
  return found == facts.end() ? "" : found->second;
}

}  // namespace

std::string stats_of(std::string_view usage) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  json::object stats{{"at_ns", std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()}};
  each_line(usage, [&](std::string_view key, std::string_view value) {
    std::uint64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    stats[key] = number;
  });
  return json::serialize(stats);
}

void add_listed(std::string_view lines, json::array& found) {
  each_line(lines, [&](std::string_view id, std::string_view word) {
    found.push_back(json::object{{"instance", id}, {"running", word == "running"}});
  });
}

std::string obstacles_of(const std::vector<Obstacle>& obstacles) {
  json::array all;
  for (const auto& obstacle : obstacles) {
    all.push_back(json::object{{"pointer", obstacle.pointer}, {"message", obstacle.message}});
  }
  return json::serialize(all);
}

void HostFacts::add(const std::map<std::string, std::string>& facts) {
  hosts_[value_of(facts, "host")] =
      "Linux " + value_of(facts, "kernel") + " " + value_of(facts, "machine");
}

void HostFacts::add(HostFacts other) { hosts_.merge(other.hosts_); }

std::string HostFacts::fingerprint(const std::string& problem) const {
  json::object facts{{"libssh2", libssh2_version(0)}};
  for (const auto& [name, description] : hosts_) facts[name] = description;
  json::array problems;
  if (!problem.empty()) {
    problems.push_back(json::object{{"message", problem}, {"advice", "see docs/remote.md"}});
  }
  return json::serialize(
      json::object{{"summary", std::string("SSH by libssh2 ") + libssh2_version(0) + ", " +
                                   std::to_string(hosts_.size()) + " hosts in use"},
                   {"facts", std::move(facts)},
                   {"problems", std::move(problems)}});
}

}  // namespace consort::ssh
