#include "plugins/docker/log_follower.h"

#include <cstdio>

namespace consort::docker {
namespace {

std::string as_seconds(std::int64_t ns) {
  char text[40];
  std::snprintf(text, sizeof text, "%lld.%09lld", static_cast<long long>(ns / 1'000'000'000),
                static_cast<long long>(ns % 1'000'000'000));
  return text;
}

LogCursor where(const LogSink& sink, const std::string& instance, const LogCursor& before) {
  const std::string stored = sink.last_cursor(instance);
  return stored.empty() ? before : LogCursor::parse(stored);
}

}  // namespace

LogFollower::LogFollower(Host host, Engine& engine, std::string instance, std::string container,
                         bool tty, const LogCursor& before)
    : host_(host),
      sink_(host),
      engine_(engine),
      instance_(std::move(instance)),
      container_(std::move(container)),
      frames_(tty),
      cursor_(where(sink_, instance_, before)),
      resume_(cursor_),
      ended_(engine.reactor()) {}

LogFollower::~LogFollower() {
  if (transfer_) engine_.http().cancel(transfer_);
}

Async<void> LogFollower::follow() {
  Request request;
  request.path = "/containers/" + container_ + "/logs?follow=1&stdout=1&stderr=1&timestamps=1";
  if (const auto since = resume_.since(); since != 0) {
    request.path += "&since=" + as_seconds(since);
  }
  request.stream = [this](std::string_view bytes) { return take(bytes); };
  try {
    transfer_ = co_await engine_.open(std::move(request));
    co_await transfer_->done.wait();
    if (transfer_->status >= 400) {
      host_.log(CONSORT_LOG_WARNING,
                "cannot read the log of " + instance_ + ": " + reply_of(*transfer_).message());
    }
  } catch (const Error& e) {
    host_.log(CONSORT_LOG_WARNING, "cannot read the log of " + instance_ + ": " + e.what());
  }
  closed_ = true;
  if (!full_) store_all();
  end_if_done();
}

void LogFollower::resume() {
  if (!full_) return;
  full_ = false;
  if (!store_all()) return;
  if (transfer_) transfer_->resume();
  end_if_done();
}

bool LogFollower::take(std::string_view bytes) {
  if (full_) return false;
  frames_.put(bytes);
  store_all();
  return true;
}

// False: the store is full; resume() goes on.
bool LogFollower::store_all() {
  if (!waiting_.empty()) {
    const std::string message = std::exchange(waiting_, {});
    if (!store({waiting_stream_, message})) return false;
  }
  while (const auto frame = frames_.take()) {
    if (!store(*frame)) return false;
  }
  if (!closed_) return true;
  const auto rest = frames_.rest();
  return !rest || store(*rest);
}

bool LogFollower::store(const Frames::Frame& frame) {
  const LogMessage message = parse_log_message(frame.bytes);
  if (!resume_.is_new(frame.stream, message.at_ns)) return true;
  if (push(frame.stream, message)) return true;
  // Asked for again, it counts again; so it is kept, not counted back.
  full_ = true;
  waiting_ = frame.bytes;
  waiting_stream_ = frame.stream;
  return false;
}

bool LogFollower::push(consort_stream stream, const LogMessage& message) {
  LogCursor next = cursor_;
  next.advance(stream, message.at_ns);
  try {
    if (!sink_.write(instance_, stream, message.at_ns, message.bytes, next.text(),
                     message.partial)) {
      return false;
    }
  } catch (const Error&) {  // never will be: the instance is gone
  }
  cursor_ = next;
  return true;
}

void LogFollower::end_if_done() {
  if (closed_ && !full_) ended_.set();
}

}  // namespace consort::docker
