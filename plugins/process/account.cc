#include "plugins/process/account.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <limits>
#include <optional>

namespace consort::process {
namespace {

constexpr std::size_t database_buffer = 65536;

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      value == std::numeric_limits<unsigned>::max()) {
    return std::nullopt;
  }
  return value;
}

struct Person {
  uid_t uid;
  gid_t gid;
  std::string name, home;
};

template <class Lookup>
std::optional<Person> find_person(Lookup lookup) {
  std::vector<char> buffer(database_buffer);
  passwd entry{};
  passwd* found = nullptr;
  if (lookup(&entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return Person{entry.pw_uid, entry.pw_gid, entry.pw_name, entry.pw_dir};
}

std::optional<Person> find_person(std::string_view user) {
  const std::string name(user);
  if (auto found = find_person([&](auto... a) { return ::getpwnam_r(name.c_str(), a...); })) {
    return found;
  }
  if (const auto uid = number(user)) {
    if (auto found = find_person([&](auto... a) { return ::getpwuid_r(*uid, a...); })) return found;
    return Person{*uid, *uid == ::geteuid() ? ::getegid() : 0, "", ""};
  }
  return std::nullopt;
}

std::optional<gid_t> find_group(const std::string& group) {
  std::vector<char> buffer(database_buffer);
  ::group entry{};
  ::group* found = nullptr;
  if (::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return entry.gr_gid;
  }
  return number(group);
}

std::vector<gid_t> groups_of(const Person& person) {
  if (person.name.empty()) return {person.gid};
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  while (::getgrouplist(person.name.c_str(), person.gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

std::vector<gid_t> own_groups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return groups;
}

}  // namespace

std::variant<Account, std::string> resolve_account(std::string_view user,
                                                   const std::vector<std::string>& group_add) {
  const std::size_t colon = user.find(':');
  const std::string_view name = user.substr(0, colon);
  Account account{::geteuid(), ::getegid(), {}, "", ""};
  if (name.empty()) {
    account.groups = own_groups();
  } else {
    const auto person = find_person(name);
    if (!person) {
      return "cannot run as user \"" + std::string(name) + "\": this machine has no such user";
    }
    account = {person->uid, person->gid, groups_of(*person), person->home, person->name};
  }
  if (colon != std::string_view::npos) {
    const std::string group(user.substr(colon + 1));
    const auto gid = find_group(group);
    if (!gid) return "cannot run as group \"" + group + "\": this machine has no such group";
    account.gid = *gid;
  }
  for (const auto& group : group_add) {
    const auto gid = find_group(group);
    if (!gid) return "cannot add group \"" + group + "\": this machine has no such group";
    account.groups.push_back(*gid);
  }
  return account;
}

std::string cannot_become(const Account& account) {
  if (::geteuid() == 0 || (account.uid == ::geteuid() && account.gid == ::getegid())) return "";
  return "cannot run as " +
         (account.name.empty() ? "uid " + std::to_string(account.uid)
                               : "user \"" + account.name + "\"") +
         ": only root may run a service as another user";
}

}  // namespace consort::process
