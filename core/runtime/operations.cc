#include "core/runtime/operations.h"

#include <algorithm>
#include <utility>

#include "core/model/duration.h"

namespace consort::runtime {

std::string to_string(const PendingOperation& operation) {
  std::string text(operation.what);
  if (!operation.instance.empty()) text += " of " + operation.instance;
  const auto age = std::chrono::floor<std::chrono::seconds>(operation.age);
  return text + " has been pending for " + model::format_duration(age);
}

std::uint64_t Operations::add(std::string_view what, std::string instance, base::SteadyTime now,
                              base::Duration limit, Done done, base::Duration slow) {
  const std::uint64_t id = next_++;
  Entry entry{what,         std::move(instance), now,  limit,
              std::nullopt, std::move(done),     slow, std::nullopt};
  if (limit != base::Duration{}) entry.due = now + limit;
  if (slow != base::Duration{}) entry.slow_at = now + slow;
  table_.emplace_hint(table_.end(), id, std::move(entry));
  return id;
}

bool Operations::complete(std::uint64_t id, Completion completion) {
  const auto it = table_.find(id);
  if (it == table_.end()) return false;
  const Done done = std::move(it->second.done);
  table_.erase(it);
  done(std::move(completion));
  return true;
}

void Operations::complete_all(const Completion& completion) {
  while (!table_.empty()) complete(table_.begin()->first, completion);
}

void Operations::postpone(const std::string& instance, base::SteadyTime now) {
  for (auto& [id, entry] : table_) {
    if (entry.instance != instance) continue;
    if (entry.due) entry.due = now + entry.limit;
    if (entry.slow != base::Duration{}) entry.slow_at = now + entry.slow;
  }
}

PendingOperation Operations::describe(std::uint64_t id, const Entry& entry, base::SteadyTime now) {
  return {.runtime = {},
          .id = id,
          .what = entry.what,
          .instance = entry.instance,
          .age = now - entry.begun,
          .overdue = entry.due && *entry.due <= now};
}

std::vector<PendingOperation> Operations::pending(base::SteadyTime now) const {
  std::vector<PendingOperation> list;
  list.reserve(table_.size());
  for (const auto& [id, entry] : table_) list.push_back(describe(id, entry, now));
  return list;
}

std::optional<PendingOperation> Operations::first_overdue(base::SteadyTime now) const {
  for (const auto& [id, entry] : table_) {
    if (entry.due && *entry.due <= now) return describe(id, entry, now);
  }
  return std::nullopt;
}

std::vector<PendingOperation> Operations::take_slow(base::SteadyTime now) {
  std::vector<PendingOperation> list;
  for (auto& [id, entry] : table_) {
    if (!entry.slow_at || *entry.slow_at > now) continue;
    entry.slow_at.reset();
    list.push_back(describe(id, entry, now));
  }
  return list;
}

std::optional<base::SteadyTime> Operations::next_due(base::SteadyTime now) const {
  std::optional<base::SteadyTime> next;
  for (const auto& [id, entry] : table_) {
    for (const auto& at : {entry.due, entry.slow_at}) {
      if (at && *at > now) next = next ? std::min(*next, *at) : at;
    }
  }
  return next;
}

std::optional<base::SteadyTime> Operations::next_due_of(std::uint64_t id) const {
  const auto it = table_.find(id);
  if (it == table_.end()) return std::nullopt;
  const auto& [due, slow] = std::pair(it->second.due, it->second.slow_at);
  return due && slow ? std::min(*due, *slow) : due ? due : slow;
}

}  // namespace consort::runtime
