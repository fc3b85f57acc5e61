#include "core/api/server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/api/connection.h"
#include "core/api/http.h"
#include "core/api/listener.h"
#include "core/base/task_group.h"

namespace consort::api {
namespace {

using namespace asio::experimental::awaitable_operators;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using base::Error;
using base::ErrorKind;
using base::Fd;
using boost::system::error_code;
using Acceptor = asio::local::stream_protocol::acceptor;

// Kept back for connections, so that a supervisor that has run out of descriptors can still be
// asked how things are and told to stop them.
constexpr std::size_t kept_back = 8;

Fd spare_descriptor() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// Says why in one write that cannot block, and hangs up.
void turn_away(int socket, std::string_view why) {
  const Reply reply =
      error_reply(Error(ErrorKind::unavailable, "cannot answer: " + std::string(why)));
  const std::string answer =
      response_head(reply.status, reply.content_type) +
      "Connection: close\r\nContent-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" +
      reply.body;
  static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

}  // namespace

class Server::Impl {
 public:
  Impl(asio::any_io_executor executor, Backend& backend, Fd listener, Log log, Limits limits)
      : shared_{backend, limits, std::move(log),
                asio::steady_timer(executor, asio::steady_timer::time_point::max())},
        acceptor_(executor, asio::local::stream_protocol(), listener.release()),
        changed_(executor, asio::steady_timer::time_point::max()),
        accepting_(executor, reporter()),
        serving_(executor, reporter()),
        spare_(spare_descriptor()) {
    keep_back();
  }

  void listen_on(Fd listener) {
    if (shared_.ending) return;
    admit_waiting();
    error_code ignored;
    acceptor_.close(ignored);  // the accept that waits goes on with the new one
    acceptor_.assign(asio::local::stream_protocol(), listener.release(), ignored);
  }

  void start() { accepting_.spawn("api.accept", accept()); }

  void end_streams() {
    shared_.ending = true;
    shared_.ending_signal.cancel();
    error_code ignored;
    acceptor_.close(ignored);
    accepting_.stop();
  }

  awaitable<void> close(base::Duration patience) {
    end_streams();
    co_await accepting_.join();
    if (serving_.size() != 0) {
      asio::steady_timer timer(serving_.executor(), patience);
      co_await (serving_.join() || timer.async_wait(use_awaitable));
    }
    serving_.stop();
    co_await serving_.join();
  }

  std::size_t connections() const { return serving_.size(); }

 private:
  base::TaskGroup::Report reporter() {
    return [this](std::string_view task, std::exception_ptr thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        shared_.log(std::string(task) + " ended: " + e.what());
      } catch (...) {
        shared_.log(std::string(task) + " ended");
      }
    };
  }

  awaitable<void> accept() {
    while (!shared_.ending) {
      error_code failed;
      Socket socket = co_await acceptor_.async_accept(redirect_error(use_awaitable, failed));
      if (shared_.ending) co_return;
      if (failed) {
        co_await recover(failed);
        continue;
      }
      admit(std::move(socket));
    }
  }

  // Who has connected and was not accepted yet would be cut off with the listener.
  void admit_waiting() {
    error_code failed;
    acceptor_.non_blocking(true, failed);
    while (!failed) {
      Socket socket = acceptor_.accept(failed);
      if (!failed) admit(std::move(socket));
    }
  }

  void admit(Socket socket) {
    const auto peer = peer_of(socket.native_handle());
    if (!peer || !may_use(*peer)) {
      shared_.log(peer ? "refused a connection of uid " + std::to_string(peer->uid) + " (pid " +
                             std::to_string(peer->pid) + ")"
                       : peer.error().message());
      return;
    }
    if (serving_.size() >= shared_.limits.connections) {
      turn_away(socket.native_handle(), "too many connections are open");
      return;
    }
    serving_.spawn("api.connection", serve(std::move(socket)));
  }

  awaitable<void> serve(Socket socket) {
    co_await serve_connection(shared_, std::move(socket));
    keep_back();
    changed_.cancel();
  }

  void keep_back() {
    if (!spare_) spare_ = spare_descriptor();
    while (kept_.size() < kept_back) {
      Fd one = spare_descriptor();
      if (!one) return;
      kept_.push_back(std::move(one));
    }
    short_of_descriptors_ = false;
  }

  // Out of descriptors, those kept back are given up one by one. When they are used too, the spare
  // one is given up to take the client, tell it and hang up; else its connection would wait
  // unanswered. Then a close, or a moment, is waited for.
  awaitable<void> recover(error_code failed) {
    if (failed == asio::error::connection_aborted || failed == asio::error::operation_aborted)
      co_return;
    if (failed == asio::error::no_descriptors ||
        failed == boost::system::errc::too_many_files_open_in_system) {
      if (!std::exchange(short_of_descriptors_, true)) {
        shared_.log("has run out of descriptors (" + failed.message() +
                    "); goes on with those kept back");
      }
      if (!kept_.empty()) {
        kept_.pop_back();
        co_return;
      }
      spare_.reset();
      const Fd taken(::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
      if (taken) turn_away(taken.get(), "the supervisor is out of file descriptors");
    } else {
      shared_.log("cannot accept a connection: " + failed.message());
    }
    if (!spare_) spare_ = spare_descriptor();
    changed_.expires_after(std::chrono::milliseconds(100));
    error_code ignored;
    co_await changed_.async_wait(redirect_error(use_awaitable, ignored));
    keep_back();
  }

  Shared shared_;
  Acceptor acceptor_;
  asio::steady_timer changed_;  // cancelled when a connection ends
  base::TaskGroup accepting_;
  base::TaskGroup serving_;
  std::vector<Fd> kept_;
  Fd spare_;
  bool short_of_descriptors_ = false;  // since they were last all there
};

Server::Server(asio::any_io_executor executor, Backend& backend, Fd listener, Log log,
               Limits limits)
    : impl_(std::make_unique<Impl>(std::move(executor), backend, std::move(listener),
                                   std::move(log), limits)) {}
Server::~Server() = default;
void Server::start() { impl_->start(); }
void Server::listen_on(Fd listener) { impl_->listen_on(std::move(listener)); }
void Server::end_streams() { impl_->end_streams(); }
awaitable<void> Server::close(base::Duration patience) { return impl_->close(patience); }
std::size_t Server::connections() const { return impl_->connections(); }

}  // namespace consort::api
