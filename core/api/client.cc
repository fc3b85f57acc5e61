#include "core/api/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/api/listener.h"

namespace consort::api {
namespace {

namespace http = boost::beast::http;
namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;
using Parser = http::response_parser<http::string_body>;

std::string project_of(const std::filesystem::path& socket) {
  return socket.parent_path().filename().string();
}

Error lost(std::string_view what, int cause) {
  return Error(ErrorKind::unavailable, "cannot " + std::string(what) + ": " + std::strerror(cause));
}

Error ended_early() {
  return Error(ErrorKind::unavailable,
               "cannot read the supervisor's answer: the connection ended before the answer did "
               "(the supervisor may have been killed; the services are not)");
}

// What a client sends (the project, its environment) is for a supervisor of this user alone.
Result<void> check_server(int socket, const std::filesystem::path& path) {
  const auto peer = peer_of(socket);
  if (!peer) return peer.error();
  if (may_use(*peer)) return {};
  return Error(ErrorKind::denied,
               "cannot trust the supervisor of project " + project_of(path) + ": what listens on " +
                   path.string() + " belongs to another user (uid " + std::to_string(peer->uid) +
                   ", pid " + std::to_string(peer->pid) + "); remove that socket");
}

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// A supervisor takes a connection at once; only one that does nothing has a full queue.
constexpr int connect_patience_s = 5;

// State T of proc(5): by SIGSTOP, or a debugger.
bool is_stopped(pid_t pid) {
  const auto stat = base::read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return false;
  const std::size_t name_end = stat->rfind(") ");
  return name_end != std::string::npos && name_end + 2 < stat->size() &&
         ((*stat)[name_end + 2] == 'T' || (*stat)[name_end + 2] == 't');
}

Error does_not_answer(int socket, const std::filesystem::path& path) {
  const auto peer = peer_of(socket);
  const std::string pid = peer ? std::to_string(peer->pid) : "unknown";
  std::string message =
      "the supervisor of project " + project_of(path) + " (pid " + pid + ") does not answer: ";
  message += peer && is_stopped(peer->pid) ? "it is stopped; let it go on (kill -CONT " + pid + ")"
                                           : "it may be busy; try again";
  return Error(ErrorKind::unavailable,
               message + ", or end it (kill -KILL " + pid +
                   "): the services keep running, and the next command starts a new one");
}

bool is_readable(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return fd >= 0 && ::poll(&watched, 1, 0) > 0;
}

Error interrupted() { return Error(ErrorKind::cancelled, "interrupted"); }

Result<Fd> connect_to(const std::filesystem::path& path, int interrupt_fd = -1) {
  const auto address = socket_address(path);
  if (!address) return address.error();
  if (auto own = check_directories_of(path); !own) {
    return own.error().wrap("cannot reach the supervisor of project " + project_of(path));
  }
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return lost("create a socket", errno);
  const auto bound_connect = [&](timeval patience) {  // SO_SNDTIMEO is for connect(2) too
    static_cast<void>(
        ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience));
  };
  bound_connect({connect_patience_s, 0});
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) !=
         0) {
    const int cause = errno;
    if (cause == EINTR) {
      if (is_readable(interrupt_fd)) return interrupted();
      continue;
    }
    if (cause == EAGAIN) {
      return Error(ErrorKind::unavailable, "the supervisor of project " + project_of(path) +
                                               " does not answer: it takes no connections on " +
                                               path.string());
    }
    if (cause == ENOENT || cause == ENOTDIR || cause == ECONNREFUSED) {
      return Error(ErrorKind::unavailable, "no supervisor runs for project " + project_of(path) +
                                               " (nothing listens on " + path.string() + ")");
    }
    return base::system_error("connect to", path, cause)
        .wrap("cannot reach the supervisor of project " + project_of(path));
  }
  bound_connect({0, 0});
  if (auto own = check_server(socket.get(), path); !own) return own.error();
  return socket;
}

std::string request_head(std::string_view method, std::string_view target, bool upgrade,
                         std::size_t size, std::string_view environment = {}) {
  std::string head(method);
  head.append(" ").append(target).append(" HTTP/1.1\r\nHost: consort\r\nConsort-Api: ");
  head += std::to_string(api_major) + '.' + std::to_string(api_minor);
  head += upgrade ? "\r\nConnection: Upgrade\r\nUpgrade: consort-stream" : "\r\nConnection: close";
  if (method != "GET") {
    head += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(size);
    if (!environment.empty()) head.append("\r\nConsort-Environment: ").append(environment);
  }
  return head + "\r\n\r\n";
}

// One connection, and what ends waiting for it.
class Connection {
 public:
  static Result<Connection> open(const std::filesystem::path& path, Wait wait = {}) {
    Deadline deadline;
    if (wait.at_most.count() > 0) deadline = std::chrono::steady_clock::now() + wait.at_most;
    auto socket = connect_to(path, wait.interrupt_fd);
    if (!socket) return socket.error();
    return Connection(path, std::move(*socket), wait.interrupt_fd, deadline);
  }

  int fd() const { return socket_.get(); }
  Fd release() { return std::move(socket_); }

  // A server that refuses a request may hang up before it has read all of it; its answer counts.
  Result<void> send(const std::string& head, std::string_view body) const {
    for (std::string_view rest : {std::string_view(head), body}) {
      while (!rest.empty()) {
        const ssize_t n =
            ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
          rest.remove_prefix(static_cast<std::size_t>(n));
          continue;
        }
        if (errno == EPIPE || errno == ECONNRESET) return {};
        if (errno == EAGAIN) {
          if (auto ready = await(POLLOUT); !ready) return ready;
        } else if (errno != EINTR) {
          return lost("send the request to the supervisor", errno);
        }
      }
    }
    return {};
  }

  // Until something can be read or sent (`what` of poll(2)), the interrupt, or the deadline.
  Result<void> await(short what) const {
    for (;;) {
      pollfd watched[2] = {{socket_.get(), what, 0}, {interrupt_fd_, POLLIN, 0}};
      const int ready = ::poll(watched, 2, left_ms());
      if (ready < 0) {
        if (errno == EINTR) continue;
        return lost("wait for the supervisor", errno);
      }
      if (watched[1].revents != 0) return interrupted();
      if (watched[0].revents != 0) return {};
      if (ready == 0) return does_not_answer(socket_.get(), path_);
    }
  }

 private:
  Connection(std::filesystem::path path, Fd socket, int interrupt_fd, Deadline deadline)
      : path_(std::move(path)),
        socket_(std::move(socket)),
        interrupt_fd_(interrupt_fd),
        deadline_(deadline) {}

  int left_ms() const {
    if (!deadline_) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(0, left.count()));
  }

  std::filesystem::path path_;
  Fd socket_;
  int interrupt_fd_;
  Deadline deadline_;
};

// An answer as it comes. The parser decodes the body into a string, which is drained in between.
class Answer {
 public:
  explicit Answer(const Connection& connection) : connection_(connection) {
    parser_.body_limit(boost::none);
    parser_.eager(true);
  }

  bool done() const { return parser_.is_done(); }
  bool has_header() const { return parser_.is_header_done(); }
  const auto& message() const { return parser_.get(); }
  std::string& body() { return parser_.get().body(); }

  // Reads once.
  Result<void> receive() {
    if (auto readable = connection_.await(POLLIN); !readable) return readable;
    char bytes[65536];
    const ssize_t n = ::recv(connection_.fd(), bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) return {};
    if (n < 0) return lost("read the supervisor's answer", errno);
    boost::system::error_code failed;
    if (n == 0) {
      if (!parser_.got_some()) return ended_early();
      parser_.put_eof(failed);
      return failed ? Result<void>(ended_early()) : Result<void>();
    }
    pending_.append(bytes, static_cast<std::size_t>(n));
    return parse();
  }

  // The header alone, byte-exact: what follows it stays in the socket.
  Result<void> receive_header() {
    parser_.eager(false);
    std::string seen(16384, '\0');
    while (!has_header()) {
      // Peeked bytes wait for more only where a header was cut, so that the loop does not spin.
      const ssize_t n = ::recv(connection_.fd(), seen.data(), 1, MSG_PEEK);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return lost("read the supervisor's answer", errno);
      if (n == 0) return ended_early();
      const ssize_t peeked =
          ::recv(connection_.fd(), seen.data(), seen.size(), MSG_PEEK | MSG_DONTWAIT);
      if (peeked <= 0) continue;
      const std::string_view have(seen.data(), static_cast<std::size_t>(peeked));
      const std::size_t end =
          (pending_.size() >= 3 ? pending_.substr(pending_.size() - 3) : pending_)
              .append(have)
              .find("\r\n\r\n");
      const std::size_t overlap = std::min<std::size_t>(3, pending_.size());
      const std::size_t take = end == std::string::npos ? have.size() : end + 4 - overlap;
      if (::recv(connection_.fd(), seen.data(), take, 0) != static_cast<ssize_t>(take))
        return ended_early();
      pending_.append(seen, 0, take);
      if (end == std::string::npos) continue;
      if (auto parsed = parse(); !parsed) return parsed;
      if (!has_header()) return ended_early();
    }
    return {};
  }

 private:
  Result<void> parse() {
    std::size_t used = 0;
    boost::system::error_code failed;
    while (used < pending_.size() && !parser_.is_done()) {
      const std::size_t n =
          parser_.put(boost::asio::buffer(pending_.data() + used, pending_.size() - used), failed);
      used += n;
      if (failed == http::error::need_more) break;
      if (failed) {
        return Error(ErrorKind::failed,
                     "cannot read the supervisor's answer: it is not HTTP: " + failed.message());
      }
      if (n == 0) break;
    }
    pending_.erase(0, used);
    return {};
  }

  const Connection& connection_;
  Parser parser_;
  std::string pending_;
};

Error error_of(int status, std::string_view body) {
  boost::system::error_code failed;
  const json::value parsed = json::parse(body, failed);
  if (!failed) {
    if (const auto reply = error_from_json(parsed); reply && !reply->message.empty()) {
      return to_error(*reply);
    }
  }
  return Error("cannot do this: the supervisor answered with HTTP status " +
               std::to_string(status));
}

Result<std::string> whole_body(Answer& answer) {
  while (!answer.done()) {
    if (auto received = answer.receive(); !received) return received.error();
  }
  return std::move(answer.body());
}

std::string major_in(const Answer& answer) {
  const std::string_view header = answer.message()["Consort-Api"];
  return std::string(header.substr(0, header.find('.')));
}

// Who the peer is, asked for on a connection of its own: every major answers /v1/version.
std::string describe_supervisor(const std::filesystem::path& path) {
  std::string who = "the supervisor of project " + project_of(path);
  const auto line = Connection::open(path, {.at_most = std::chrono::seconds(connect_patience_s)});
  if (!line || !line->send(request_head("GET", "/v1/version", false, 0), "")) return who;
  Answer answer(*line);
  const auto body = whole_body(answer);
  if (!body) return who;
  boost::system::error_code failed;
  const json::value parsed = json::parse(*body, failed);
  const auto version = failed ? Result<Version>(Error("")) : version_from_json(parsed);
  if (version && !version->version.empty()) {
    who += " (version " + version->version + ", pid " + std::to_string(version->pid) + ")";
  }
  return who;
}

// An error if the answer, whose header is read, comes of another API.
Result<void> check_major(const std::filesystem::path& path, const Answer& answer) {
  const std::string major = major_in(answer);
  if (major == std::to_string(api_major)) return {};
  if (major.empty()) {
    return Error(ErrorKind::unsupported,
                 "cannot use " + path.string() + ": what listens there is no Consort supervisor");
  }
  return Error(ErrorKind::unsupported,
               describe_supervisor(path) + " speaks API " + major + ", this consort (version " +
                   CONSORT_VERSION + ") speaks " + std::to_string(api_major) +
                   ": run `consort supervisor restart` with the consort that started it, or use "
                   "that one; its services keep running");
}

Result<json::value> exchange(const std::filesystem::path& path, std::string_view method,
                             std::string_view target, std::string_view body, Wait wait = {},
                             std::string_view environment = {}) {
  const auto line = Connection::open(path, wait);
  if (!line) return line.error();
  const std::string head = request_head(method, target, false, body.size(), environment);
  if (auto sent = line->send(head, body); !sent) {
    return sent.error();
  }
  Answer answer(*line);
  const auto text = whole_body(answer);
  if (!text) return text.error();
  if (auto same = check_major(path, answer); !same) return same.error();
  if (const int status = answer.message().result_int(); status != 200)
    return error_of(status, *text);
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = 64;
  json::value parsed = json::parse(*text, failed, {}, options);
  if (failed) {
    return Error("cannot read the supervisor's answer: it is not JSON: " + failed.message());
  }
  return parsed;
}

// Gives out the whole lines of `text` and removes them; false when told to stop.
bool take_lines(std::string& text, const Client::Line& line) {
  std::size_t start = 0;
  for (std::size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    if (!line(std::string_view(text).substr(start, end - start))) return false;
  }
  text.erase(0, start);
  return true;
}

Result<void> exchange_lines(const std::filesystem::path& path, std::string_view method,
                            std::string_view target, std::string_view body,
                            const Client::Line& line, int interrupt_fd,
                            std::string_view environment = {}) {
  const auto connection = Connection::open(path, {.interrupt_fd = interrupt_fd});
  if (!connection) return connection.error();
  const std::string head = request_head(method, target, false, body.size(), environment);
  if (auto sent = connection->send(head, body); !sent) {
    return sent;
  }
  Answer answer(*connection);
  bool checked = false;
  while (!answer.done()) {
    if (auto received = answer.receive(); !received) return received;
    if (!answer.has_header()) continue;
    if (!checked) {
      if (auto same = check_major(path, answer); !same) return same;
      checked = true;
    }
    if (answer.message().result_int() == 200 && !take_lines(answer.body(), line)) return {};
  }
  if (const int status = answer.message().result_int(); status != 200) {
    return error_of(status, answer.body());
  }
  if (!answer.body().empty()) line(answer.body());
  return {};
}

}  // namespace

void Client::tell_environment(const std::map<std::string, std::string>& environment) {
  json::object variables;
  for (const auto& [name, value] : environment) variables[name] = value;
  environment_ = variables.empty() ? "" : json::serialize(variables);
}

Result<json::value> Client::get(std::string_view target, Wait wait) {
  return exchange(socket_, "GET", target, "", wait);
}

bool Client::listens() const { return connect_to(socket_).has_value(); }

Result<json::value> Client::post(std::string_view target, const json::value& body) {
  return exchange(socket_, "POST", target, json::serialize(body), {}, environment_);
}

Result<void> Client::get_lines(std::string_view target, const Line& line, int interrupt_fd) {
  return exchange_lines(socket_, "GET", target, "", line, interrupt_fd);
}

Result<void> Client::post_lines(std::string_view target, const json::value& body, const Line& line,
                                int interrupt_fd) {
  return exchange_lines(socket_, "POST", target, json::serialize(body), line, interrupt_fd,
                        environment_);
}

Result<Fd> Client::upgrade(std::string_view target, const json::value& body) {
  auto line = Connection::open(socket_);
  if (!line) return line.error();
  const std::string text = json::serialize(body);
  const std::string head = request_head("POST", target, true, text.size(), environment_);
  if (auto sent = line->send(head, text); !sent) {
    return sent.error();
  }
  Answer answer(*line);
  if (auto received = answer.receive_header(); !received) return received.error();
  if (auto same = check_major(socket_, answer); !same) return same.error();
  if (const int status = answer.message().result_int(); status != 101) {
    const auto rest = whole_body(answer);
    return rest ? error_of(status, *rest) : rest.error();
  }
  return line->release();
}

}  // namespace consort::api
