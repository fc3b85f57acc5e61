#include "plugins/docker/attachment.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace consort::docker {
namespace {

constexpr std::size_t most_unsent = 256 * 1024;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Attachment::Attachment(Host host, Engine& engine, std::string instance, std::string container,
                       bool tty)
    : sink_(host),
      engine_(engine),
      instance_(std::move(instance)),
      container_(std::move(container)),
      stream_(engine),
      frames_(tty),
      ended_(engine.reactor()) {}

Attachment::~Attachment() {
  for (const auto& [fd, owned] : inputs_) engine_.reactor().unwatch(fd);
}

Async<void> Attachment::open(bool output) {
  const std::string path = "/containers/" + container_ + "/attach?stream=1&stdin=1" +
                           (output ? "&stdout=1&stderr=1" : "");
  json::value none = json::object();
  co_await stream_.open(path, std::move(none));
  stream_.start([this](std::string_view bytes) {
    frames_.put(bytes);
    if (!full_) store_output();
  });
  stream_.on_closed([this] { end_if_done(); });
}

Fd Attachment::input() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(CONSORT_E_FAILED, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  Fd read(ends[0]), write(ends[1]);
  ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  const int fd = read.get();
  inputs_[fd] = std::move(read);
  engine_.reactor().watch(fd, CONSORT_READABLE, [this, fd](std::uint32_t) { pass_input(fd); });
  return write;
}

void Attachment::pass_input(int fd) {
  if (stream_.unsent() > most_unsent) {
    for (const auto& [one, owned] : inputs_) engine_.reactor().unwatch(one);
    return stream_.on_sent([this] {
      stream_.on_sent(nullptr);
      for (const auto& [one, owned] : inputs_) {
        engine_.reactor().watch(one, CONSORT_READABLE,
                                [this, fd = one](std::uint32_t) { pass_input(fd); });
      }
    });
  }
  std::array<char, 32768> buffer;
  const ssize_t length = ::read(fd, buffer.data(), buffer.size());
  if (length > 0) return stream_.send({buffer.data(), static_cast<std::size_t>(length)});
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  engine_.reactor().unwatch(fd);
  inputs_.erase(fd);
}

// After what was written before.
void Attachment::close_input() {
  for (const auto& [fd, owned] : inputs_) {
    std::array<char, 32768> buffer;
    for (ssize_t length = 0; (length = ::read(fd, buffer.data(), buffer.size())) > 0;) {
      stream_.send({buffer.data(), static_cast<std::size_t>(length)});
    }
  }
  stream_.finish_sending();
}

void Attachment::resume() {
  if (!std::exchange(full_, false)) return;
  if (!waiting_.empty()) {
    const std::string bytes = std::exchange(waiting_, {});
    if (!store({waiting_stream_, bytes})) return;
  }
  store_output();
}

void Attachment::store_output() {
  while (const auto frame = frames_.take_bytes()) {
    if (!store(*frame)) {
      stream_.pause();
      return;
    }
  }
  if (!stream_.closed().is_set()) stream_.resume();
  end_if_done();
}

// False: full; what is left of it waits.
bool Attachment::store(const Frames::Frame& frame) {
  std::string_view rest = frame.bytes;
  while (!rest.empty()) {
    const std::size_t newline = rest.find('\n');
    const bool whole = newline < LineWriter::max_part;
    const std::size_t length = whole ? newline : std::min(rest.size(), LineWriter::max_part);
    bool stored = true;
    try {
      stored = sink_.write(instance_, frame.stream, now_ns(), rest.substr(0, length), "", !whole);
    } catch (const Error&) {  // never will be: the instance is gone
    }
    if (!stored) {
      full_ = true;
      waiting_ = rest;
      waiting_stream_ = frame.stream;
      return false;
    }
    rest.remove_prefix(length + (whole ? 1 : 0));
  }
  return true;
}

void Attachment::end_if_done() {
  if (stream_.closed().is_set() && !full_) ended_.set();
}

}  // namespace consort::docker
