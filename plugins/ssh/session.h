#pragma once

#include <consort/values.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <libssh2.h>
#include <boost/asio/ip/tcp.hpp>

#include "plugins/ssh/async.h"

namespace consort::ssh {

class Channel;

// What carries a session: a TCP connection, or a channel of the host before it.
class Wire {
 public:
  virtual ~Wire() = default;
  // At least one byte, 0 at the end. Throw Error (CONSORT_E_RETRY).
  virtual Async<std::size_t> read(char* into, std::size_t most) = 0;
  virtual Async<void> write(std::string bytes) = 0;
  virtual void close() = 0;
};
std::shared_ptr<Wire> tcp_wire(asio::ip::tcp::socket socket);

// What libssh2 takes for the connection's socket: no descriptor, the bytes go by the session.
inline constexpr libssh2_socket_t wire_socket = 0x7fffffff;

// How long an agent may take to sign, with its thread blocked: a person may be asked by it.
inline constexpr std::chrono::seconds agent_patience{60};

// MaxSessions of an sshd that nobody has configured.
inline constexpr std::size_t usual_channels = 10;

// One SSH connection by libssh2, which never sees the socket: it reads from and writes to buffers,
// so that its calls never wait for sending and any number of coroutines may use it at a time. One
// thread. Every awaitable throws Error: CONSORT_E_RETRY once the connection is lost.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `host` is for messages.
  Session(asio::any_io_executor executor, std::shared_ptr<Wire> wire, std::string host);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Starts to read. Before anything else, once.
  void begin();
  // Ends it: who waits is told why.
  void fail(const std::string& why);
  const std::optional<std::string>& failure() const { return failure_; }
  // Until it is lost, or so long.
  Async<void> ended(std::chrono::milliseconds limit = forever);

  LIBSSH2_SESSION* raw() { return session_; }
  const std::string& host() const { return host_; }
  const asio::any_io_executor& executor() const { return executor_; }
  std::string last_error();

  // Repeats call() until it is something else than LIBSSH2_ERROR_EAGAIN; it is tried again whenever
  // something came.
  Async<long> repeat(std::function<long()> call);
  // Until less than a megabyte is to be sent.
  Async<void> room();
  // What the host said when it ended the connection, "" if it said nothing.
  const std::string& farewell() const { return farewell_; }
  // How long an answer of the agent is waited for.
  void wait_for_agent(std::chrono::seconds limit) { agent_limit_ = limit; }

  // A wish for a channel. A host that allows no more of them makes it wait for one that closes.
  struct Claim {
    bool brief = true;  // it will close soon; one channel is kept back for those that will
    bool withdrawn = false;
  };
  // A channel on which `command` runs. Keep `claim` until it returns.
  Async<std::shared_ptr<Channel>> execute(std::string command, std::shared_ptr<const Claim> claim);
  // Ends the wait for a channel with an Error.
  void withdraw(Claim& claim);
  // A connection from that host to another one.
  Async<std::shared_ptr<Channel>> connect_to(std::string host, int port);

 private:
  friend class Channel;
  struct Turn;

  static ssize_t send(libssh2_socket_t, const void* bytes, size_t length, int, void** abstract);
  static ssize_t receive(libssh2_socket_t, void* into, size_t most, int, void** abstract);
  static void disconnected(LIBSSH2_SESSION*, int, const char* message, int length, const char*, int,
                           void** abstract);
  static Async<void> read_all(std::weak_ptr<Session> self, std::shared_ptr<Wire> wire);
  static Async<void> write_all(std::shared_ptr<Session> self);
  void check() const;
  void flush();
  void channel_closed();
  std::size_t allowed(const Claim& claim) const;
  Async<std::shared_ptr<Channel>> open(std::function<LIBSSH2_CHANNEL*()> open, std::string what,
                                       std::shared_ptr<const Claim> claim);

  asio::any_io_executor executor_;
  std::shared_ptr<Wire> wire_;
  std::string host_;
  LIBSSH2_SESSION* session_;
  std::string in_;
  std::size_t in_at_ = 0;
  std::string out_;
  bool writing_ = false;
  std::optional<std::string> failure_;
  std::string farewell_;
  std::chrono::milliseconds agent_limit_ = agent_patience;
  Signal input_;
  Signal lost_;
  Signal drained_;
  bool opening_ = false;
  std::size_t channels_ = 0;
  std::size_t most_channels_ = usual_channels;  // until the host refuses one
  Signal turn_;
};

// One channel. Closes when it is dropped. One thread.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  Channel(std::shared_ptr<Session> session, LIBSSH2_CHANNEL* channel)
      : session_(std::move(session)), channel_(channel) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  Session& session() { return *session_; }
  // At least one byte of the output (or of the error output), 0 at its end.
  Async<std::size_t> read(char* into, std::size_t most, bool error_output = false);
  // All of it.
  Async<void> write(std::string_view bytes);  // keep `bytes` until it returns
  Async<void> end_input();
  // Whoever reads comes to the end.
  void close();

 private:
  friend class Session;
  static Async<void> finish(std::shared_ptr<Session> session, LIBSSH2_CHANNEL* channel);

  std::shared_ptr<Session> session_;
  LIBSSH2_CHANNEL* channel_;
  bool closed_ = false;
};
std::shared_ptr<Wire> channel_wire(std::shared_ptr<Channel> channel);

}  // namespace consort::ssh
