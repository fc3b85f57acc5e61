#include "core/daemon/sources.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace consort::daemon {

using asio::awaitable;
using base::Error;
using base::ErrorKind;
using base::Result;

class BusEvents final : public api::EventSource {
 public:
  BusEvents(std::unique_ptr<record::Subscription> subscription, std::uint64_t epoch)
      : subscription_(std::move(subscription)), epoch_(epoch) {}

  awaitable<std::vector<model::Event>> next() override { return subscription_->next(); }
  void finish() override { subscription_->finish(); }
  std::string cursor(std::uint64_t sequence) const override {
    return record::to_string({epoch_, sequence});
  }

  void follow(Sources& sources) { following_.emplace(sources, *this); }

 private:
  struct Follow final : Sources::Following {
    Follow(Sources& sources, BusEvents& own) : Following(sources), events(own) {}
    void begun(const model::ReplicaId&, const record::LogDirectory&) override {}
    void changed(const model::Event&) override {}
    void end() override { events.finish(); }
    BusEvents& events;
  };
  std::unique_ptr<record::Subscription> subscription_;
  std::uint64_t epoch_;
  std::optional<Follow> following_;
};

namespace {

bool chosen(const api::LogQuery& query, const model::ReplicaId& id) {
  return (query.index == 0 || query.index == id.index) &&
         (query.services.empty() ||
          std::ranges::find(query.services, id.service) != query.services.end());
}

}  // namespace

class StoredLogs final : public api::LogSource {
 public:
  explicit StoredLogs(std::unique_ptr<record::LogReader> reader) : reader_(std::move(reader)) {}

  awaitable<Result<std::string>> next() override { return reader_->next(); }

  void follow(Sources& sources, const api::LogQuery& query,
              const std::vector<model::ReplicaStatus>& replicas) {
    following_.emplace(sources, *reader_, query);
    for (const auto& status : replicas) following_->note(status);
    following_->end_with_the_last();
  }

 private:
  struct Follow final : Sources::Following {
    Follow(Sources& sources, record::LogReader& own, api::LogQuery what)
        : Following(sources), reader(own), query(std::move(what)) {}
    void begun(const model::ReplicaId& id, const record::LogDirectory& directory) override {
      if (chosen(query, id)) reader.add(directory);
    }
    void changed(const model::Event& event) override {
      if (event.action == "destroy") {
        writing.erase({event.service, event.index});
      } else if (event.status) {
        note(*event.status);
      }
      end_with_the_last();
    }
    void end() override { reader.finish(); }

    void note(const model::ReplicaStatus& status) {
      if (!chosen(query, status.id)) return;
      any = true;
      if (has_ended(status.state)) {
        writing.erase(status.id);
      } else {
        writing.insert(status.id);
      }
    }
    void end_with_the_last() {
      if (query.until_ended && any && writing.empty()) reader.finish();
    }

    record::LogReader& reader;
    api::LogQuery query;
    bool any = false;                    // an `up` may still be getting ready to make the first
    std::set<model::ReplicaId> writing;  // may write now or later
  };
  std::unique_ptr<record::LogReader> reader_;
  std::optional<Follow> following_;
};

Sources::Sources(asio::any_io_executor executor, record::Bus& bus, const Directories& directories)
    : executor_(std::move(executor)),
      bus_(bus),
      directories_(directories),
      empty_(executor_, asio::steady_timer::time_point::max()) {}

std::unique_ptr<api::EventSource> Sources::events_from_now() {
  return std::make_unique<BusEvents>(bus_.subscribe(bus_.last()), bus_.epoch());
}

Result<std::unique_ptr<api::EventSource>> Sources::events(std::string_view since, bool follow) {
  record::Cursor after = follow ? bus_.last() : bus_.first();
  if (!since.empty()) {
    // A bare number is a place in the stream of this supervisor.
    const auto cursor = record::parse_cursor(since);
    std::uint64_t sequence = 0;
    const auto number = std::from_chars(since.data(), since.data() + since.size(), sequence);
    if (cursor) {
      after = *cursor;
    } else if (number.ec == std::errc() && number.ptr == since.data() + since.size()) {
      after = {bus_.epoch(), sequence};
    } else {
      return Error(ErrorKind::invalid,
                   "cannot read the request: since=" + std::string(since) + " is not a cursor");
    }
  }
  auto events = std::make_unique<BusEvents>(bus_.subscribe(after), bus_.epoch());
  if (follow) {
    events->follow(*this);
  } else {
    events->finish();
  }
  return std::unique_ptr<api::EventSource>(std::move(events));
}

Result<std::unique_ptr<api::LogSource>> Sources::logs(
    const api::LogQuery& query, const InstancesOf& instances,
    const std::vector<model::ReplicaStatus>& replicas) {
  record::LogQuery what;
  what.tail = query.tail;
  what.since = query.since;
  what.until = query.until;
  what.follow = query.follow;
  for (const auto& [id, all] : instances) {
    if (!chosen(query, id)) continue;
    for (const auto& instance : all) {
      what.sources.push_back({model::to_string(id), directories_.path(instance)});
    }
  }
  auto reader = record::LogReader::open(executor_, std::move(what));
  if (!reader) return reader.error();
  auto logs = std::make_unique<StoredLogs>(std::move(*reader));
  if (query.follow) logs->follow(*this, query, replicas);
  return std::unique_ptr<api::LogSource>(std::move(logs));
}

void Sources::begun(const model::ReplicaId& id, const std::string& instance) {
  if (following_.empty()) return;
  const record::LogDirectory directory{model::to_string(id), directories_.path(instance)};
  for (auto* one : following_) one->begun(id, directory);
}

void Sources::changed(const model::Event& event) {
  for (auto* one : following_) one->changed(event);
}

awaitable<void> Sources::finish(base::Duration patience) {
  for (auto* one : following_) one->end();
  asio::steady_timer limit(executor_, patience);
  boost::system::error_code ignored;
  bool late = false;
  while (!following_.empty() && !late) {
    empty_.expires_at(limit.expiry());
    co_await empty_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    late = empty_.expiry() <= asio::steady_timer::clock_type::now();
  }
}

}  // namespace consort::daemon
