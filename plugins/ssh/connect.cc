#include "plugins/ssh/connect.h"

#include <netinet/tcp.h>

#include <algorithm>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "plugins/ssh/deadline.h"
#include "plugins/ssh/known_hosts.h"
#include "plugins/ssh/library.h"
#include "plugins/ssh/login.h"
#include "plugins/ssh/trust.h"

namespace consort::ssh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tcp = asio::ip::tcp;
constexpr seconds login_patience{30};

std::string name_of(const Target& target) {
  return target.alias.empty() ? target.host : target.alias;
}

// A lost host is noticed by the kernel too, whatever is under way.
void set_options(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const int patience_ms = 60000;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms,
               sizeof patience_ms);
}

Async<std::shared_ptr<Wire>> dial(asio::any_io_executor executor, const Target& target) {
  tcp::resolver resolver(executor);
  tcp::socket socket(executor);
  const std::string where = name_of(target);
  const std::string port = std::to_string(target.port);
  const std::string place = target.host + ":" + port;
  error_code failed;
  const Deadline deadline(executor, target.timeout(), [&] {
    resolver.cancel();
    error_code ignored;
    socket.close(ignored);
  });
  const auto found = co_await resolver.async_resolve(
      target.host, port, asio::redirect_error(asio::use_awaitable, failed));
  const std::string cannot = "cannot reach " + where + " (" + place + "): ";
  if (failed && !deadline.expired()) throw Error(CONSORT_E_RETRY, cannot + failed.message());
  if (!deadline.expired()) {
    co_await asio::async_connect(socket, found, asio::redirect_error(asio::use_awaitable, failed));
  }
  if (deadline.expired()) {
    throw Error(CONSORT_E_RETRY,
                cannot + "no answer within " + std::to_string(target.timeout().count()) + " s");
  }
  if (failed) throw Error(CONSORT_E_RETRY, cannot + failed.message());
  set_options(socket);
  co_return tcp_wire(std::move(socket));
}

std::string key_of(Session& session) {
  std::size_t length = 0;
  int type = 0;
  const char* key = libssh2_session_hostkey(session.raw(), &length, &type);
  return key != nullptr ? std::string(key, length) : std::string();
}

void check_key(Session& session, const Target& target, const std::vector<KnownHostsFile>& files) {
  const Verdict verdict =
      check_host_key(files, target.host_key_name, target.host_key_port, key_of(session));
  const std::string why =
      refusal(verdict, target.host_key_name, target.host_key_port, name_of(target));
  if (!why.empty()) throw Error(CONSORT_E_DENIED, why);
}

Async<void> shake_hands(std::shared_ptr<Session> session, const Target& target,
                        const std::vector<KnownHostsFile>& files) {
  const Deadline deadline(session, target.timeout());
  prefer_algorithms(session->raw(),
                    known_key_types(files, target.host_key_name, target.host_key_port));
  // The socket is not libssh2's to touch: any number that is none.
  const std::function<long()> call = [raw = session->raw()]() -> long {
    return libssh2_session_handshake(raw, wire_socket);
  };
  const long result = co_await session->repeat(call);
  if (result != 0) {
    throw Error(CONSORT_E_RETRY, "cannot talk to " + session->host() + " (" + target.host + ":" +
                                     std::to_string(target.port) + "): " + session->last_error());
  }
}

// `trusted`: its key is checked, and it is logged in to.
Async<std::shared_ptr<Session>> open(asio::any_io_executor executor, std::shared_ptr<Wire> wire,
                                     const Target& target, Prompts& prompts, bool trusted) {
  const auto session = std::make_shared<Session>(executor, std::move(wire), name_of(target));
  session->begin();
  std::exception_ptr failed;
  try {
    const auto files = read_known_hosts(target.known_hosts);
    co_await shake_hands(session, target, files);
    if (trusted) {
      check_key(*session, target, files);
      // A host may think about a key for longer than about the connection.
      const seconds patience = std::max(target.timeout(), login_patience);
      co_await log_in(session, target, prompts, patience);
    }
  } catch (const Error&) {
    failed = std::current_exception();
  }
  if (failed) {
    session->fail("it is closed");
    std::rethrow_exception(failed);
  }
  co_return session;
}

Async<std::shared_ptr<Session>> reach(asio::any_io_executor executor, const Target& target,
                                      Prompts& prompts, bool trusted) {
  auto wire = co_await dial(executor, target.jumps.empty() ? target : target.jumps.front());
  for (std::size_t i = 0; i < target.jumps.size(); ++i) {
    const auto through = co_await open(executor, std::move(wire), target.jumps[i], prompts, true);
    const Target& next = i + 1 < target.jumps.size() ? target.jumps[i + 1] : target;
    const Deadline deadline(through, next.timeout());
    auto channel = co_await through->connect_to(next.host, next.port);
    wire = channel_wire(std::move(channel));
  }
  co_return co_await open(executor, std::move(wire), target, prompts, trusted);
}

}  // namespace

Async<std::shared_ptr<Session>> connect(asio::any_io_executor executor, const Target& target,
                                        Prompts& prompts) {
  return reach(executor, target, prompts, true);
}

Async<std::string> show_key(asio::any_io_executor executor, const Target& target,
                            Prompts& prompts) {
  const auto session = co_await reach(executor, target, prompts, false);
  const std::string key = key_of(*session);
  session->fail("it is closed");
  co_return key;
}

}  // namespace consort::ssh
