#include "plugins/ssh/instance.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "plugins/ssh/exit_file.h"
#include "plugins/ssh/followed.h"

namespace consort::ssh {
namespace {

// Answers on their way while one is stored.
constexpr std::size_t most_ahead = 2;
// Where a launcher answers without news.
constexpr std::chrono::milliseconds asked_again{250};

}  // namespace

Instance::Instance(Host host, std::shared_ptr<Connection> connection, Launch launch,
                   std::string path)
    : host_(host),
      sink_(host),
      connection_(std::move(connection)),
      launch_(std::move(launch)),
      path_(std::move(path)),
      told_(connection_->executor()),
      room_(connection_->executor()),
      connected_(connection_->executor()) {}

bool Instance::ended() const {
  return word_ == "over" || word_ == "lost" || word_ == "rebooted" || word_ == "missing";
}

void Instance::watch() {
  if (watching_ || left_ || ended()) return;
  watching_ = true;
  asio::co_spawn(connection_->executor(), follow(shared_from_this()), asio::detached);
}

void Instance::leave() {
  left_ = true;
  room_.wake();
  connected_.wake();
  told_.wake();
}

void Instance::reached() {
  connected_.wake();
  if (!std::exchange(far_, false)) return;
  host_.instance_reach(id(), CONSORT_OK);
}

void Instance::lost(const std::string& why) {
  if (left_ || ended()) return;
  far_ = true;
  host_.instance_reach(id(), CONSORT_E_RETRY, why);
}

Async<void> Instance::follow(std::shared_ptr<Instance> self) {
  while (!self->left_ && !self->ended()) {
    const auto relay = self->connection_->present();
    if (!relay) {
      co_await self->connected_.wait();
      continue;
    }
    std::string failure;
    bool gone = false;
    try {
      const auto ahead = std::make_shared<std::deque<Relay::Request>>();
      bool more = true;
      while (more && !self->left_) more = co_await self->follow_on(relay, ahead);
    } catch (const Error& e) {
      failure = e.what();
      gone = e.status() == CONSORT_E_RETRY;
    }
    if (gone) {  // the connection tells its loss itself, and when there is another
      if (self->connection_->present() == relay) co_await self->connected_.wait();
    } else if (!failure.empty()) {
      self->host_.log(CONSORT_LOG_ERROR, "cannot follow " + self->id() + ": " + failure);
      co_await pause(self->connection_->executor(), std::chrono::seconds(1));
    }
  }
  self->watching_ = false;
  self->told_.wake();
}

// The next request is sent as soon as an answer begins, so that the host has the next lines ready
// when these are stored.
void Instance::follow_from(const std::shared_ptr<Relay>& relay, const LogPlace& place,
                           const Ahead& ahead) {
  Relay::Begun begun = [weak = weak_from_this(), far = std::weak_ptr(relay), ahead](
                           std::string_view line, std::size_t rest) {
    const auto self = weak.lock();
    const auto there = far.lock();
    const auto behind = place_behind(line, rest);
    if (!self || !there || !behind || ahead->size() >= most_ahead) return;
    self->follow_from(there, *behind, ahead);
  };
  std::vector<std::string> fields{directory(*relay),
                                  std::to_string(place.segment),
                                  std::to_string(place.offset),
                                  std::to_string(Followed::most),
                                  word_,
                                  "lz4"};
  ahead->push_back(relay->send("follow", std::move(fields), std::move(begun)));
}

// One answer. False: it is over.
Async<bool> Instance::follow_on(std::shared_ptr<Relay> relay, Ahead ahead) {
  if (!place_) place_ = LogPlace::parse(sink_.last_cursor(id()));
  if (ahead->empty()) follow_from(relay, *place_, ahead);
  const Relay::Request request = ahead->front();
  ahead->pop_front();
  std::string text = co_await relay->answer("follow " + id(), request);
  const auto followed = parse_followed(std::move(text));
  if (!followed) throw Error(CONSORT_E_FAILED, "its relay speaks another protocol");
  if (followed->word == "data") co_return co_await store(relay, followed->place, followed->bytes());
  const bool news = followed->word != word_;
  const bool more = take_state(followed->word, followed->bytes());
  if (!news) co_await pause(connection_->executor(), asked_again);
  co_return more;
}

// Every record with the place behind it. False: it was left meanwhile.
Async<bool> Instance::store(std::shared_ptr<Relay> relay, LogPlace at, std::string_view bytes) {
  if (at.segment != place_->segment) co_await begin_segment(relay, at);
  while (!bytes.empty()) {
    const std::string_view whole = bytes.substr(0, records_at_front(bytes));
    const std::size_t stored = whole.empty()
                                   ? std::min(bytes.find('\n'), bytes.size() - 1) + 1  // torn
                                   : sink_.write_records(id(), whole, at.file(), at.offset);
    at.offset += stored;
    place_ = at;
    bytes.remove_prefix(stored);
    if (stored < whole.size()) {
      co_await room_.wait();
      if (left_) co_return false;
    }
  }
  co_return true;
}

// What is stored here need not stay there, and what is missing in between is told.
Async<void> Instance::begin_segment(std::shared_ptr<Relay> relay, LogPlace at) {
  std::vector<std::string> fields{directory(*relay), std::to_string(at.segment)};
  const Relay::Reply dropped = co_await relay->ask("trim", std::move(fields));
  const auto bytes = dropped_between(dropped.text, *place_, at);
  const bool skipped = at.segment > place_->segment + 1 && *place_ != LogPlace{};
  if (bytes ? *bytes == 0 : !skipped) co_return;
  const std::string what =
      bytes ? std::to_string(*bytes) + " bytes of its log were" : "a part of its log was";
  host_.progress(id(), "lines are missing: " + what + " rotated away on " +
                           relay->session().host() + " before they could be fetched");
}

bool Instance::take_state(const std::string& word, std::string_view exit_file) {
  if (word == word_) return !ended();
  const std::string before = std::exchange(word_, word);
  if (word == "exited" || word == "over") {
    exit_ = parse_exit(exit_file);
    if (word == "over") exit_->leftovers = false;
  } else if (word == "lost") {
    exit_ = Exit::unknown("its shim was killed, and it ended while nothing watched it");
  } else if (word == "rebooted") {
    exit_ = Exit::unknown("the host was restarted");
  } else if (word == "missing") {
    exit_ = Exit::unknown("its folder on the host was removed");
  }
  if (exit_ && before != "exited") host_.exited(id(), *exit_);
  told_.wake();
  return !ended();
}

Async<std::string> Instance::state(std::chrono::milliseconds patience) {
  const auto self = shared_from_this();
  const auto end = std::chrono::steady_clock::now() + patience;
  while (word_.empty() && !left_) {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (rest.count() <= 0) break;
    co_await told_.wait(rest);
  }
  co_return word_;
}

Async<void> Instance::over(std::chrono::milliseconds patience) {
  const auto self = shared_from_this();
  const auto end = std::chrono::steady_clock::now() + patience;
  while (watching_ && !ended() && !left_) {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (rest.count() <= 0) break;
    co_await told_.wait(rest);
  }
}

}  // namespace consort::ssh
