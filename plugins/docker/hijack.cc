#include "plugins/docker/hijack.h"

#include <sys/socket.h>

#include <array>
#include <cstdlib>

namespace consort::docker {
namespace {

constexpr std::chrono::milliseconds open_timeout{60'000};

}  // namespace

Hijack::Hijack(Engine& engine)
    : engine_(engine), head_(engine.reactor()), closed_(engine.reactor()) {}

Hijack::~Hijack() {
  if (fd_ >= 0) engine_.reactor().unwatch(fd_);
  if (connection_) engine_.http().cancel(connection_);
}

Async<void> Hijack::open(std::string path, json::value body) {
  co_await engine_.connect();
  Request request;
  request.connect_only = true;
  connection_ = engine_.http().send(std::move(request));
  co_await connection_->done.wait();
  if (connection_->failure != CURLE_OK) throw engine_.no_answer(*connection_);
  fd_ = connection_->socket();
  const std::string text = json::serialize(body);
  out_ = "POST " + engine_.versioned(path) +
         " HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
         "Content-Type: application/json\r\nContent-Length: " +
         std::to_string(text.size()) + "\r\n\r\n" + text;
  std::string answer;
  start([&](std::string_view bytes) {
    answer += bytes;
    if (answer.find("\r\n\r\n") == std::string::npos) return;
    pause();
    head_.set();
  });
  watch();
  co_await head_.wait(open_timeout);
  receive_ = nullptr;
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) {
    throw Error(CONSORT_E_RETRY,
                "cannot talk to the engine at " + engine_.address().text + ": it does not answer");
  }
  const int status = answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
  std::string rest = answer.substr(end + 4);
  if (status != 101 && status != 200) {
    const std::size_t brace = rest.find('{');
    Reply reply;
    reply.status = status;
    boost::system::error_code failed;
    if (brace != std::string::npos) {
      const std::string object = rest.substr(brace, rest.rfind('}') - brace + 1);
      reply.body = json::parse(object, failed);
    }
    expect(reply, "cannot open a stream");
    throw Error(CONSORT_E_FAILED,
                "cannot open a stream: the engine answered " + std::to_string(status));
  }
  early_ = std::move(rest);
}

void Hijack::start(Receive receive) {
  receive_ = std::move(receive);
  reading_ = true;
  if (!early_.empty()) receive_(std::exchange(early_, {}));
  watch();
}

void Hijack::pause() {
  reading_ = false;
  watch();
}

void Hijack::resume() {
  reading_ = true;
  watch();
}

void Hijack::send(std::string_view bytes) {
  out_ += bytes;
  flush();
  watch();
}

void Hijack::finish_sending() {
  finishing_ = true;
  if (out_.empty() && fd_ >= 0) ::shutdown(fd_, SHUT_WR);
}

void Hijack::watch() {
  if (fd_ < 0) return;
  const std::uint32_t events =
      (reading_ ? CONSORT_READABLE : 0) | (out_.empty() ? 0 : CONSORT_WRITABLE);
  if (events == 0) return engine_.reactor().unwatch(fd_);
  engine_.reactor().watch(fd_, events, [this](std::uint32_t ready_for) { ready(ready_for); });
}

void Hijack::ready(std::uint32_t events) {
  if ((events & CONSORT_WRITABLE) != 0) flush();
  if ((events & CONSORT_READABLE) != 0 && fd_ >= 0) return read();
  watch();
}

void Hijack::flush() {
  try {
    while (!out_.empty() && fd_ >= 0) {
      const long sent = connection_->send(out_);
      if (sent < 0) return;
      out_.erase(0, static_cast<std::size_t>(sent));
    }
  } catch (const Error&) {
    return close();
  }
  if (finishing_ && fd_ >= 0) ::shutdown(fd_, SHUT_WR);
  const auto sent = sent_;  // it may replace itself
  if (sent) sent();
}

void Hijack::read() {
  std::array<char, 32768> buffer;
  long length = 0;
  try {
    length = connection_->receive(buffer.data(), buffer.size());
  } catch (const Error&) {
    return close();
  }
  if (length == 0) return close();
  if (length > 0 && receive_) receive_({buffer.data(), static_cast<std::size_t>(length)});
}

void Hijack::close() {
  if (fd_ >= 0) engine_.reactor().unwatch(std::exchange(fd_, -1));
  const auto told = std::exchange(told_closed_, nullptr);
  head_.set();
  closed_.set();
  if (told) told();
}

}  // namespace consort::docker
