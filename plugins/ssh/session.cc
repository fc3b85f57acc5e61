#include "plugins/ssh/session.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

namespace consort::ssh {
namespace {

constexpr std::size_t piece = 64 << 10;
constexpr std::size_t full = 1 << 20;
constexpr unsigned window = 8u << 20;

class TcpWire final : public Wire {
 public:
  explicit TcpWire(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  Async<std::size_t> read(char* into, std::size_t most) override {
    error_code failed;
    const auto buffer = asio::buffer(into, most);
    const std::size_t n =
        co_await socket_.async_read_some(buffer, asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::eof) co_return 0;
    if (failed) throw Error(CONSORT_E_RETRY, failed.message());
    co_return n;
  }
  Async<void> write(std::string bytes) override {
    error_code failed;
    const auto buffer = asio::buffer(bytes);
    co_await asio::async_write(socket_, buffer, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) throw Error(CONSORT_E_RETRY, failed.message());
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  asio::ip::tcp::socket socket_;
};

class ChannelWire final : public Wire {
 public:
  explicit ChannelWire(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  Async<std::size_t> read(char* into, std::size_t most) override {
    const auto channel = channel_;
    if (!channel) co_return 0;
    co_return co_await channel->read(into, most);
  }
  Async<void> write(std::string bytes) override {
    const auto channel = channel_;
    if (!channel) throw Error(CONSORT_E_RETRY, "it is closed");
    co_await channel->write(bytes);
  }
  void close() override {
    if (channel_) channel_->close();
    channel_.reset();
  }

 private:
  std::shared_ptr<Channel> channel_;
};

}  // namespace

std::shared_ptr<Wire> tcp_wire(asio::ip::tcp::socket socket) {
  return std::make_shared<TcpWire>(std::move(socket));
}

std::shared_ptr<Wire> channel_wire(std::shared_ptr<Channel> channel) {
  return std::make_shared<ChannelWire>(std::move(channel));
}

Session::Session(asio::any_io_executor executor, std::shared_ptr<Wire> wire, std::string host)
    : executor_(executor),
      wire_(std::move(wire)),
      host_(std::move(host)),
      session_(libssh2_session_init_ex(nullptr, nullptr, nullptr, this)),
      input_(executor),
      lost_(executor),
      drained_(executor),
      turn_(executor) {
  if (session_ == nullptr) throw Error(CONSORT_E_FAILED, "cannot use libssh2: no memory");
  libssh2_session_set_blocking(session_, 0);
#if LIBSSH2_VERSION_NUM >= 0x010b01
  libssh2_session_callback_set2(session_, LIBSSH2_CALLBACK_SEND,
                                reinterpret_cast<libssh2_cb_generic*>(&Session::send));
  libssh2_session_callback_set2(session_, LIBSSH2_CALLBACK_RECV,
                                reinterpret_cast<libssh2_cb_generic*>(&Session::receive));
  libssh2_session_callback_set2(session_, LIBSSH2_CALLBACK_DISCONNECT,
                                reinterpret_cast<libssh2_cb_generic*>(&Session::disconnected));
#else
  libssh2_session_callback_set(session_, LIBSSH2_CALLBACK_SEND,
                               reinterpret_cast<void*>(&Session::send));
  libssh2_session_callback_set(session_, LIBSSH2_CALLBACK_RECV,
                               reinterpret_cast<void*>(&Session::receive));
  libssh2_session_callback_set(session_, LIBSSH2_CALLBACK_DISCONNECT,
                               reinterpret_cast<void*>(&Session::disconnected));
#endif
}

Session::~Session() {
  if (!failure_) failure_ = "it is closed";
  wire_->close();
  // Sends nothing any more, so it only frees; a few rounds of its own states may be needed.
  for (int i = 0; i < 1000 && libssh2_session_free(session_) == LIBSSH2_ERROR_EAGAIN; ++i) {
  }
}

// libssh2 asks these for the agent's socket, too, which is a real one.
ssize_t Session::send(libssh2_socket_t socket, const void* bytes, size_t length, int flags,
                      void** abstract) {
  if (socket != wire_socket) {
    const ssize_t sent = ::send(socket, bytes, length, flags | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
  }
  auto& self = *static_cast<Session*>(*abstract);
  if (self.failure_) return -EPIPE;
  self.out_.append(static_cast<const char*>(bytes), length);
  self.flush();
  return static_cast<ssize_t>(length);
}

ssize_t Session::receive(libssh2_socket_t socket, void* into, size_t most, int flags,
                         void** abstract) {
  if (socket != wire_socket) {
    const auto& self = *static_cast<Session*>(*abstract);
    pollfd agent{socket, POLLIN, 0};
    const int ready = ::poll(&agent, 1, static_cast<int>(self.agent_limit_.count()));
    if (ready <= 0) return -ETIMEDOUT;
    const ssize_t got = ::recv(socket, into, most, flags);
    return got < 0 ? -errno : got;
  }
  auto& self = *static_cast<Session*>(*abstract);
  const std::size_t have = self.in_.size() - self.in_at_;
  if (have == 0) return self.failure_ ? -ECONNRESET : -EAGAIN;
  const std::size_t n = std::min(have, most);
  std::memcpy(into, self.in_.data() + self.in_at_, n);
  self.in_at_ += n;
  if (self.in_at_ == self.in_.size()) {
    self.in_.clear();
    self.in_at_ = 0;
  }
  return static_cast<ssize_t>(n);
}

void Session::disconnected(LIBSSH2_SESSION*, int, const char* message, int length, const char*, int,
                           void** abstract) {
  if (length > 0)
    static_cast<Session*>(*abstract)->farewell_.assign(message, static_cast<std::size_t>(length));
}

void Session::begin() {
  asio::co_spawn(executor_, read_all(weak_from_this(), wire_), asio::detached);
}

// Holds no reference while it waits, so that a session that nobody needs ends.
Async<void> Session::read_all(std::weak_ptr<Session> weak, std::shared_ptr<Wire> wire) {
  std::string buffer(piece, '\0');
  for (;;) {
    std::string why = "the connection was closed by the host";
    std::size_t n = 0;
    try {
      n = co_await wire->read(buffer.data(), buffer.size());
    } catch (const Error& e) {
      why = e.what();
    }
    const auto self = weak.lock();
    if (!self) co_return;
    if (n == 0) co_return self->fail(why);
    self->in_.append(buffer, 0, n);
    self->input_.wake();
  }
}

void Session::flush() {
  if (writing_ || failure_) return;
  const auto self = weak_from_this().lock();
  if (!self) return;
  writing_ = true;
  asio::co_spawn(executor_, write_all(self), asio::detached);
}

Async<void> Session::write_all(std::shared_ptr<Session> self) {
  try {
    while (!self->out_.empty() && !self->failure_) {
      co_await self->wire_->write(std::exchange(self->out_, {}));
      self->drained_.wake();
    }
  } catch (const Error& e) {
    self->fail(e.what());
  }
  self->writing_ = false;
}

void Session::fail(const std::string& why) {
  if (failure_) return;
  failure_ = why;
  wire_->close();
  lost_.wake();
  input_.wake();
  drained_.wake();
  turn_.wake();
}

void Session::check() const {
  if (failure_) throw Error(CONSORT_E_RETRY, "cannot reach " + host_ + ": " + *failure_);
}

Async<void> Session::ended(std::chrono::milliseconds limit) {
  const auto self = shared_from_this();
  if (!failure_) co_await lost_.wait(limit);
}

std::string Session::last_error() {
  char* text = nullptr;
  libssh2_session_last_error(session_, &text, nullptr, 0);
  return text != nullptr && *text != '\0' ? text : "no reason was given";
}

Async<long> Session::repeat(std::function<long()> call) {
  const auto self = shared_from_this();
  for (;;) {
    const long result = call();
    if (result == LIBSSH2_ERROR_SOCKET_RECV || result == LIBSSH2_ERROR_SOCKET_DISCONNECT ||
        result == LIBSSH2_ERROR_SOCKET_SEND || result == LIBSSH2_ERROR_CHANNEL_CLOSED) {
      if (result != LIBSSH2_ERROR_CHANNEL_CLOSED) {
        fail(farewell_.empty() ? "the connection was lost" : farewell_);
      }
      check();
    }
    if (result < 0) check();  // what failed is the connection, and it knows why
    if (result != LIBSSH2_ERROR_EAGAIN) co_return result;
    co_await input_.wait();
  }
}

Async<void> Session::room() {
  const auto self = shared_from_this();
  while (out_.size() > full) {
    check();
    co_await drained_.wait();
  }
  check();
}

// libssh2 opens one at a time.
struct Session::Turn {
  explicit Turn(Session& s) : session(s) { session.opening_ = true; }
  ~Turn() {
    session.opening_ = false;
    session.turn_.wake();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  Session& session;
};

// Besides the relay's there is always one for what is not brief.
std::size_t Session::allowed(const Claim& claim) const {
  return claim.brief || most_channels_ <= 2 ? most_channels_ : most_channels_ - 1;
}

void Session::withdraw(Claim& claim) {
  claim.withdrawn = true;
  turn_.wake();
}

Async<std::shared_ptr<Channel>> Session::open(std::function<LIBSSH2_CHANNEL*()> make,
                                              std::string what,
                                              std::shared_ptr<const Claim> claim) {
  const auto self = shared_from_this();
  LIBSSH2_CHANNEL* made = nullptr;
  const std::function<long()> call = [this, &made, &make]() -> long {
    made = make();
    return made != nullptr ? 0 : libssh2_session_last_errno(session_);
  };
  for (;;) {
    for (;;) {
      check();
      if (claim->withdrawn) {
        throw Error(CONSORT_E_FAILED, "cannot " + what + " on " + host_ + ": it was given up");
      }
      if (!opening_ && channels_ < allowed(*claim)) break;
      co_await turn_.wait();
    }
    const Turn turn(*this);
    const long result = co_await repeat(call);
    if (made != nullptr) break;
    // With one the relay's there is none to wait for.
    if (result != LIBSSH2_ERROR_CHANNEL_FAILURE || channels_ <= 1) {
      throw Error(CONSORT_E_FAILED, "cannot " + what + " on " + host_ + ": " + last_error());
    }
    most_channels_ = channels_;  // it allows fewer
  }
  ++channels_;
  co_return std::make_shared<Channel>(self, made);
}

void Session::channel_closed() {
  --channels_;
  // Why it refused one may have passed: what it allows is found out anew.
  if (channels_ <= 1) most_channels_ = usual_channels;
  turn_.wake();
}

Async<std::shared_ptr<Channel>> Session::execute(std::string command,
                                                 std::shared_ptr<const Claim> claim) {
  const std::function<LIBSSH2_CHANNEL*()> make = [this] {
    return libssh2_channel_open_ex(session_, "session", 7, window, LIBSSH2_CHANNEL_PACKET_DEFAULT,
                                   nullptr, 0);
  };
  auto channel = co_await open(make, "run a command", std::move(claim));
  const std::function<long()> start = [&] {
    return libssh2_channel_process_startup(channel->channel_, "exec", 4, command.data(),
                                           static_cast<unsigned>(command.size()));
  };
  const long result = co_await repeat(start);
  if (result != 0) {
    throw Error(CONSORT_E_FAILED, "cannot run a command on " + host_ + ": " + last_error());
  }
  co_return channel;
}

Async<std::shared_ptr<Channel>> Session::connect_to(std::string host, int port) {
  const std::function<LIBSSH2_CHANNEL*()> make = [&] {
    return libssh2_channel_direct_tcpip_ex(session_, host.c_str(), port, "127.0.0.1", 0);
  };
  const std::string what = "connect to " + host + ":" + std::to_string(port);
  co_return co_await open(make, what, std::make_shared<const Claim>());
}

Channel::~Channel() {
  if (session_->failure()) {  // freed with the session
    session_->channel_closed();
    return;
  }
  asio::co_spawn(session_->executor(), finish(session_, channel_), asio::detached);
}

Async<void> Channel::finish(std::shared_ptr<Session> session, LIBSSH2_CHANNEL* channel) {
  const std::function<long()> free = [channel]() -> long { return libssh2_channel_free(channel); };
  try {
    co_await session->repeat(free);
  } catch (const Error&) {  // the connection is lost: freed with the session
  }
  session->channel_closed();
}

void Channel::close() {
  closed_ = true;
  session_->input_.wake();
}

Async<std::size_t> Channel::read(char* into, std::size_t most, bool error_output) {
  const auto self = shared_from_this();
  const int stream = error_output ? SSH_EXTENDED_DATA_STDERR : 0;
  // An empty packet reads as 0, too. Whether the end came is not for libssh2_channel_eof() to say:
  // to it there is none before the other stream is read.
  const std::function<long()> call = [&]() -> long {
    while (!closed_) {
      const bool ended = libssh2_channel_wait_eof(channel_) == 0;
      const long n = libssh2_channel_read_ex(channel_, stream, into, most);
      if (n != 0 || ended) return n;
      if (libssh2_channel_wait_eof(channel_) != 0) return LIBSSH2_ERROR_EAGAIN;
    }
    return 0;
  };
  const long n = co_await session_->repeat(call);
  if (n < 0) {
    throw Error(CONSORT_E_RETRY,
                "cannot read from " + session_->host() + ": " + session_->last_error());
  }
  co_return static_cast<std::size_t>(n);
}

Async<void> Channel::write(std::string_view bytes) {
  const auto self = shared_from_this();
  while (!bytes.empty()) {
    co_await session_->room();
    const std::function<long()> call = [&]() -> long {
      const std::size_t n = std::min(bytes.size(), piece);
      const long written = libssh2_channel_write_ex(channel_, 0, bytes.data(), n);
      return written == 0 ? LIBSSH2_ERROR_EAGAIN : written;  // the window is used up
    };
    const long n = co_await session_->repeat(call);
    if (n < 0) {
      throw Error(CONSORT_E_RETRY,
                  "cannot write to " + session_->host() + ": " + session_->last_error());
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

Async<void> Channel::end_input() {
  const auto self = shared_from_this();
  const std::function<long()> call = [this]() -> long {
    return libssh2_channel_send_eof(channel_);
  };
  co_await session_->repeat(call);
}

}  // namespace consort::ssh
