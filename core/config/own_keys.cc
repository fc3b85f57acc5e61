#include "core/config/own_keys.h"

#include <algorithm>
#include <utility>

namespace consort::config {
namespace {

constexpr std::pair<std::string_view, std::string_view> aliases[] = {
    {"env", "environment"}, {"stdin", "stdin_open"}, {"replicas", "scale"}};

bool before(const Mark& a, const Mark& b) {
  return std::pair(a.line, a.column) < std::pair(b.line, b.column);
}

void clash(const Entry& a, const Entry& b, const Path& path, const std::string& why,
           Diagnostics& out) {
  const auto [first, second] = before(a.where, b.where) ? std::pair(&a, &b) : std::pair(&b, &a);
  out.error(second->where, "cannot read " + Path(path, second->shown()).to_string() + ": " +
                               first->key + " is set in line " + std::to_string(first->where.line) +
                               " as well; " + why);
}

bool used(const Entry* entry) {
  return entry && !entry->value.is_null() && entry->value.tag != Tag::reset;
}

void resolve_service(Node& service, const Path& path, Diagnostics& out) {
  for (const auto& [own, name] : aliases) {
    Entry* entry = service.find(own);
    if (!entry) continue;
    if (const Entry* other = service.find(name)) {
      clash(*entry, *other, path, "they are two names of one key", out);
      service.erase(own);
    } else {
      service.entries.rename(*entry, name);
      entry->written = own;
    }
  }
  if (const Entry* binary = service.find("binary"); used(binary)) {
    for (const std::string_view key : {"command", "entrypoint"}) {
      if (const Entry* other = service.find(key); used(other)) {
        clash(*binary, *other, path, "give binary and args, or command and entrypoint", out);
      }
    }
  }
  const Entry* check = service.find("healthcheck");
  if (!check) return;
  const Path check_path(path, "healthcheck");
  const Entry* first = nullptr;
  for (const std::string_view key : {"test", "http", "tcp"}) {
    const Entry* entry = check->value.find(key);
    if (!used(entry)) continue;
    if (first)
      clash(*first, *entry, check_path, "a health check is one of test, http and tcp", out);
    first = entry;
  }
}

}  // namespace

void resolve_own_keys(Node& document, Diagnostics& out) {
  Entry* services = document.find("services");
  if (!services) return;
  const Path path("services");
  for (auto& service : services->value.entries) {
    if (service.value.is_map()) resolve_service(service.value, Path(path, service.key), out);
  }
}

}  // namespace consort::config
