#include "plugins/ssh/config_lookup.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <consort/values.hpp>

#include "plugins/ssh/patterns.h"

namespace consort::ssh {
namespace {

using Line = SshConfig::Line;
using Block = SshConfig::Block;

// The keywords that decide what we connect to and how; all others are of no concern here.
struct Keyword {
  std::string_view name;        // in lower case
  std::string_view slot;        // keywords of one slot exclude each other: the first line wins
  std::string_view shown{};     // of one that is not supported: its name
  std::string_view harmless{};  // its value that changes nothing
  std::string_view advice{};
};
constexpr Keyword keywords[] = {
    {"hostname", "hostname"},
    {"user", "user"},
    {"port", "port"},
    {"identityfile", "identityfile"},
    {"identityagent", "identityagent"},
    {"identitiesonly", "identitiesonly"},
    {"userknownhostsfile", "userknownhostsfile"},
    {"globalknownhostsfile", "globalknownhostsfile"},
    {"hostkeyalias", "hostkeyalias"},
    {"hashknownhosts", "hashknownhosts"},
    {"connecttimeout", "connecttimeout"},
    {"serveraliveinterval", "serveraliveinterval"},
    {"serveralivecountmax", "serveralivecountmax"},
    {"proxyjump", "proxy"},
    {"proxycommand", "proxy", "ProxyCommand", "none", "use ProxyJump"},
    {"canonicalizehostname", "canonicalizehostname", "CanonicalizeHostname", "no",
     "write the whole name, or a HostName under its Host"},
    {"addressfamily", "addressfamily", "AddressFamily", "any", "write the address as HostName"},
    {"bindaddress", "bindaddress", "BindAddress", "", "leave it to the routes"},
    {"bindinterface", "bindinterface", "BindInterface", "", "leave it to the routes"},
    {"revokedhostkeys", "revokedhostkeys", "RevokedHostKeys", "none",
     "write @revoked lines into known_hosts"},
};

const Keyword* find_keyword(std::string_view name) {
  const auto* found = std::find_if(std::begin(keywords), std::end(keywords),
                                   [&](const Keyword& keyword) { return keyword.name == name; });
  return found == std::end(keywords) ? nullptr : found;
}

[[noreturn]] void refuse(const std::string& place, const std::string& message) {
  throw Error(CONSORT_E_INVALID, place + ": " + message);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool in_other_host(const Line& line, std::string_view name) {
  return std::any_of(line.blocks.begin(), line.blocks.end(), [&](const Block& block) {
    return !block.match && !matches_list(name, block.patterns);
  });
}

void check_decidable(const Line& line, std::string_view name) {
  for (const auto& block : line.blocks) {
    if (!block.match) continue;
    refuse(block.place, "cannot tell whether `Match " + joined(block.patterns) +
                            "` applies to the host " + std::string(name) + ", whose " +
                            line.keyword + " depends on it (" + line.place +
                            "): Match is not supported; use Host, or set it in the service's host");
  }
}

[[noreturn]] void wrong_value(const Line& line, std::string_view expected) {
  refuse(line.place, "cannot use the " + line.keyword + " \"" + joined(line.values) +
                         "\": it must be " + std::string(expected));
}

std::optional<long> parse_number(std::string_view text) {
  long number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// sshd_config(5), TIME FORMATS.
std::optional<std::chrono::seconds> parse_seconds(std::string_view text) {
  constexpr long longest = 1000L * 365 * 24 * 3600;
  long total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_number(text.substr(0, digits));
    if (!number || *number > longest) return std::nullopt;
    text.remove_prefix(digits);
    long unit = 1;
    if (!text.empty()) {
      const auto letter = lower(text.substr(0, 1));
      unit = letter == "s"   ? 1
             : letter == "m" ? 60
             : letter == "h" ? 3600
             : letter == "d" ? 86400
             : letter == "w" ? 7 * 86400
                             : 0;
      text.remove_prefix(1);
    }
    if (unit == 0 || *number > longest / unit) return std::nullopt;
    total += *number * unit;
    if (total > longest) return std::nullopt;
  }
  return std::chrono::seconds(total);
}

}  // namespace

Lookup::Lookup(const SshConfig& config, std::string_view name,
               const std::set<std::string>& decided) {
  for (const auto& line : config.lines) {
    const Keyword* keyword = find_keyword(line.keyword);
    if (keyword == nullptr || decided.count(line.keyword) != 0 || in_other_host(line, name)) {
      continue;
    }
    const bool adds_up = keyword->name == "identityfile";
    if (!adds_up && lines_.count(keyword->slot) != 0) continue;
    check_decidable(line, name);
    if (line.values.empty()) refuse(line.place, "cannot read this line: it has no value");
    if (!keyword->shown.empty() && lower(line.values[0]) != keyword->harmless) {
      refuse(line.place, "cannot connect to " + std::string(name) + ": " +
                             std::string(keyword->shown) + " is not supported; " +
                             std::string(keyword->advice));
    }
    if (adds_up) {
      identity_files_.push_back(&line);
    } else {
      lines_.emplace(keyword->slot, &line);
    }
  }
}

const Line* Lookup::line(std::string_view keyword) const {
  const auto found = lines_.find(find_keyword(keyword)->slot);
  return found == lines_.end() || found->second->keyword != keyword ? nullptr : found->second;
}

std::string Lookup::value(std::string_view keyword) const {
  const Line* found = line(keyword);
  return found == nullptr ? "" : found->values[0];
}

bool Lookup::flag(std::string_view keyword, bool otherwise) const {
  const Line* found = line(keyword);
  if (found == nullptr) return otherwise;
  const std::string text = lower(found->values[0]);
  if (text == "yes" || text == "true") return true;
  if (text == "no" || text == "false") return false;
  wrong_value(*found, "yes or no");
}

long Lookup::number(std::string_view keyword, long least, long most, long otherwise) const {
  const Line* found = line(keyword);
  if (found == nullptr) return otherwise;
  const auto number = parse_number(found->values[0]);
  if (!number || *number < least || *number > most) {
    wrong_value(*found, "a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return *number;
}

std::chrono::seconds Lookup::seconds(std::string_view keyword,
                                     std::chrono::seconds otherwise) const {
  const Line* found = line(keyword);
  if (found == nullptr || lower(found->values[0]) == "none") return otherwise;
  const auto length = parse_seconds(found->values[0]);
  if (!length) wrong_value(*found, "a length of time, as 90 or 1m30s");
  return *length;
}

}  // namespace consort::ssh
