#include "plugins/ssh/relay.h"

#include <charconv>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace consort::ssh {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t piece = 256 << 10;
// A line at the head of a reply is short; more than that without one is no relay.
constexpr std::size_t most_header = 4096;
// Beyond any answer: a piece of a log is the longest.
constexpr std::size_t most_reply = 4 << 20;
// However seldom a person wants the host asked: the relay ends when it hears nothing for 90 s.
constexpr std::chrono::milliseconds longest_silence{30000};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

bool parse_length(std::string_view word, std::size_t& length) {
  const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), length);
  return failed == std::errc() && end == word.data() + word.size() && length <= most_reply;
}

}  // namespace

struct Relay::Waiting {
  explicit Waiting(const asio::any_io_executor& executor) : answered(executor) {}
  std::optional<Reply> reply;
  Signal answered;
  Begun begun;
};

Relay::Relay(Bootstrapped started)
    : session_(started.channel->session().shared_from_this()),
      channel_(std::move(started.channel)),
      without_shim_(std::move(started.without_shim)),
      input_(std::move(started.said)),
      heard_(Clock::now()) {}

Async<std::shared_ptr<Relay>> Relay::meet(Bootstrapped started,
                                          std::chrono::milliseconds alive_interval,
                                          int alive_count) {
  const std::shared_ptr<Channel> channel = started.channel;
  const std::shared_ptr<Relay> self(new Relay(std::move(started)));
  const auto& executor = self->session_->executor();
  const auto greeting = std::make_shared<Waiting>(executor);
  self->waiting_["0"] = greeting;
  asio::co_spawn(executor, read_all(self, channel), asio::detached);
  asio::co_spawn(executor, show_errors(channel), asio::detached);
  self->take();
  while (!greeting->reply) {
    if (const auto& why = self->session_->failure()) {
      throw Error(CONSORT_E_RETRY, "cannot use " + self->session_->host() + ": " + *why);
    }
    co_await greeting->answered.wait();
  }
  const std::string text = std::move(greeting->reply->text);
  if (!greeting->reply->ok()) {
    throw Error(CONSORT_E_FAILED, "cannot use " + self->session_->host() + ": " + text);
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t space = std::min(line.find(' '), line.size());
    self->facts_[line.substr(0, space)] = line.substr(std::min(space + 1, line.size()));
    at = end + 1;
  }
  asio::co_spawn(executor, watch(self, alive_interval, alive_count), asio::detached);
  co_return self;
}

std::string Relay::fact(const std::string& key) const {
  const auto found = facts_.find(key);
  return found == facts_.end() ? "" : found->second;
}

Async<void> Relay::read_all(std::weak_ptr<Relay> weak, std::shared_ptr<Channel> channel) {
  std::string buffer(piece, '\0');
  const std::shared_ptr<Session> session = channel->session().shared_from_this();
  try {
    for (;;) {
      const std::size_t n = co_await channel->read(buffer.data(), buffer.size());
      const auto self = weak.lock();
      if (!self) co_return;
      if (n == 0) {
        session->fail("its relay ended");
      } else {
        self->heard_ = Clock::now();
        self->input_.append(buffer, 0, n);
        self->take();
      }
      if (session->failure()) break;
    }
  } catch (const Error&) {  // the session has failed, and says why
  }
  const auto self = weak.lock();
  if (!self) co_return;
  if (!session->failure()) session->fail("its relay cannot be read");
  for (const auto& [id, waiting] : self->waiting_) waiting->answered.wake();
}

// Read, so that it does not fill up.
Async<void> Relay::show_errors(std::shared_ptr<Channel> channel) {
  std::string buffer(4096, '\0');
  try {
    std::size_t n = 1;
    while (n != 0) n = co_await channel->read(buffer.data(), buffer.size(), true);
  } catch (const Error&) {  // the connection is lost
  }
}

void Relay::take() {
  std::size_t at = 0;
  for (;;) {
    const std::string_view rest = std::string_view(input_).substr(at);
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) {
      if (rest.size() > most_header) session_->fail("it does not speak the relay's protocol");
      break;
    }
    const auto words = words_of(rest.substr(0, newline));
    std::size_t length = 0;
    if (words.size() != 3 || !parse_length(words[2], length)) {
      session_->fail("it does not speak the relay's protocol");
      break;
    }
    const std::string_view text = rest.substr(newline + 1, length);
    const auto found = waiting_.find(words[0]);
    if (found != waiting_.end() && words[1] == "ok") begin(*found->second, text, length);
    if (text.size() < length) break;
    if (found != waiting_.end()) {
      Reply reply;
      if (words[1] == "ok") reply.status = Reply::Status::ok;
      if (words[1] == "missing") reply.status = Reply::Status::missing;
      reply.text = text;
      found->second->reply = std::move(reply);
      found->second->answered.wake();
      waiting_.erase(found);
    }
    at += newline + 1 + length;
  }
  input_.erase(0, at);
}

void Relay::begin(Waiting& waiting, std::string_view text, std::size_t length) {
  const std::size_t newline = waiting.begun ? text.find('\n') : text.npos;
  if (newline == text.npos) return;
  std::exchange(waiting.begun, nullptr)(text.substr(0, newline), length - newline - 1);
}

Relay::Request Relay::send(std::string op, std::vector<std::string> fields, Begun begun) {
  const std::string id = std::to_string(++last_id_);
  const auto request = std::make_shared<Waiting>(session_->executor());
  request->begun = std::move(begun);
  if (session_->failure()) return request;
  waiting_[id] = request;
  output_ += id + " " + op;
  for (const auto& field : fields) output_ += " " + std::to_string(field.size());
  output_ += "\n";
  for (const auto& field : fields) output_ += field;
  if (!sending_) {
    sending_ = true;
    asio::co_spawn(session_->executor(), flush(shared_from_this()), asio::detached);
  }
  return request;
}

Async<Relay::Reply> Relay::reply_to(Request request) {
  const auto self = shared_from_this();
  while (!request->reply) {
    if (session_->failure()) {
      throw Error(CONSORT_E_RETRY,
                  "cannot reach " + session_->host() + ": " + *session_->failure());
    }
    co_await request->answered.wait();
  }
  co_return std::move(*request->reply);
}

Async<Relay::Reply> Relay::ask(std::string op, std::vector<std::string> fields) {
  return reply_to(send(std::move(op), std::move(fields)));
}

Async<std::string> Relay::answer(std::string what, Request request) {
  Reply reply = co_await reply_to(std::move(request));
  if (!reply.ok()) {
    throw Error(reply.status == Reply::Status::missing ? CONSORT_E_NOT_FOUND : CONSORT_E_FAILED,
                "cannot " + what + " on " + session_->host() + ": " + reply.text);
  }
  co_return std::move(reply.text);
}

Async<std::string> Relay::demand(std::string what, std::string op,
                                 std::vector<std::string> fields) {
  return answer(std::move(what), send(std::move(op), std::move(fields)));
}

Async<void> Relay::flush(std::shared_ptr<Relay> self) {
  try {
    while (!self->output_.empty()) {
      const std::string bytes = std::exchange(self->output_, {});
      co_await self->channel_->write(bytes);
    }
  } catch (const Error& e) {
    self->session_->fail(e.what());
  }
  self->sending_ = false;
}

// By a monotonic clock, and asking the far side: TCP alone tells nothing of a cut link for long.
Async<void> Relay::watch(std::weak_ptr<Relay> weak, std::chrono::milliseconds interval, int count) {
  for (;;) {
    std::shared_ptr<Relay> self = weak.lock();
    if (!self || self->session_->failure()) co_return;
    const auto silent = Clock::now() - self->heard_;
    if (silent > interval * count) {
      self->session_->fail("no answer for " + std::to_string((interval * count).count() / 1000) +
                           " s");
      co_return;
    }
    const auto ask_again = std::min(interval, longest_silence);
    if (silent >= ask_again / 2) {
      const std::string id = std::to_string(++self->last_id_);
      self->output_ += id + " ping\n";
      if (!self->sending_) {
        self->sending_ = true;
        asio::co_spawn(self->session_->executor(), flush(self), asio::detached);
      }
    }
    const auto session = self->session_;
    self.reset();
    co_await session->ended(ask_again);
  }
}

}  // namespace consort::ssh
