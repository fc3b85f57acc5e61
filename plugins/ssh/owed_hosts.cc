#include "plugins/ssh/owed_hosts.h"

#include <consort/values.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>

namespace consort::ssh {
namespace {

namespace json = boost::json;

HostRequest from_json(const json::value& value) {
  const auto& object = value.as_object();
  HostRequest host;
  host.name = object.at("name").as_string();
  host.user = object.at("user").as_string();
  host.port = object.at("port").to_number<std::uint16_t>();
  host.identity_file = object.at("identity_file").as_string();
  return host;
}

json::value to_json(const HostRequest& host) {
  return json::object{{"name", host.name},
                      {"user", host.user},
                      {"port", host.port},
                      {"identity_file", host.identity_file}};
}

}  // namespace

std::string key_of(const HostRequest& host) {
  return host.user + "@" + host.name + ":" + std::to_string(host.port) + " " + host.identity_file;
}

OwedHosts::OwedHosts(std::string path) : path_(std::move(path)) {
  std::ifstream file(path_);
  if (!file) return;
  try {
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const json::value parsed = json::parse(text);
    for (const auto& value : parsed.as_array()) hosts_.push_back(from_json(value));
  } catch (const std::exception& e) {
    throw Error(CONSORT_E_FAILED, "cannot read " + path_ + ": " + e.what());
  }
}

void OwedHosts::add(const HostRequest& host) {
  const std::lock_guard lock(mutex_);
  const auto same = [&](const HostRequest& one) { return key_of(one) == key_of(host); };
  if (std::any_of(hosts_.begin(), hosts_.end(), same)) return;
  hosts_.push_back(host);
  write();
}

void OwedHosts::remove(const HostRequest& host) {
  const std::lock_guard lock(mutex_);
  std::erase_if(hosts_, [&](const HostRequest& one) { return key_of(one) == key_of(host); });
  write();
}

void OwedHosts::write() const {
  json::array all;
  for (const auto& host : hosts_) all.push_back(to_json(host));
  const std::string text = json::serialize(all) + "\n";
  const std::string part = path_ + ".new";
  const Fd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const bool written =
      fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || ::fsync(fd.get()) != 0 || std::rename(part.c_str(), path_.c_str()) != 0) {
    throw Error(CONSORT_E_FAILED, "cannot write " + path_ + ": " + std::strerror(errno));
  }
}

}  // namespace consort::ssh
