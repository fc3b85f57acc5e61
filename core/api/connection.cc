#include "core/api/connection.h"

#include <sys/socket.h>

#include <array>
#include <exception>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "core/api/frame_channel.h"
#include "core/api/routes.h"
#include "core/api/seat.h"

namespace consort::api {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using namespace asio::experimental::awaitable_operators;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using base::Error;
using base::ErrorKind;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

// A chunked body (RFC 9112, section 7.1); plain bytes up to the close for an HTTP/1.0 client.
class ChunkWriter final : public Writer {
 public:
  // `follower`, if any, is told of what it does not take.
  ChunkWriter(Socket& socket, bool chunked, Follower* follower)
      : socket_(socket), chunked_(chunked), follower_(follower) {}

  awaitable<bool> write(std::string_view bytes) override {
    if (bytes.empty()) co_return !gone_;
    char size[24];
    const int digits = chunked_ ? std::snprintf(size, sizeof size, "%zx\r\n", bytes.size()) : 0;
    const std::array<asio::const_buffer, 3> parts{
        asio::buffer(size, static_cast<std::size_t>(digits)), asio::buffer(bytes),
        asio::buffer("\r\n", chunked_ ? 2 : 0)};
    co_return co_await send(parts);
  }

  awaitable<bool> start(std::string head) {
    if (chunked_) head += "Transfer-Encoding: chunked\r\n";
    head += "\r\n";
    co_return co_await send(asio::buffer(head));
  }

  awaitable<bool> finish() {
    if (!chunked_) co_return false;
    co_return co_await send(asio::buffer("0\r\n\r\n", 5));
  }

 private:
  template <class Buffers>
  awaitable<bool> send(const Buffers& buffers) {
    if (gone_) co_return false;
    error_code failed;
    if (follower_ != nullptr) follower_->stalled_since = std::chrono::steady_clock::now();
    co_await asio::async_write(socket_, buffers, redirect_error(use_awaitable, failed));
    if (follower_ != nullptr) follower_->stalled_since.reset();
    gone_ = static_cast<bool>(failed);
    co_return !gone_;
  }

  Socket& socket_;
  bool chunked_;
  Follower* follower_;
  bool gone_ = false;
};

// Completes when the client has gone. One that sends more is left in peace: it may pipeline.
awaitable<void> client_gone(Socket& socket) {
  error_code failed;
  co_await socket.async_wait(Socket::wait_read, redirect_error(use_awaitable, failed));
  char byte;
  if (!failed && ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
    asio::steady_timer never(socket.get_executor(), asio::steady_timer::time_point::max());
    co_await never.async_wait(redirect_error(use_awaitable, failed));
  }
}

awaitable<void> ending(Shared& shared) {
  error_code ignored;
  while (!shared.ending) {
    co_await shared.ending_signal.async_wait(redirect_error(use_awaitable, ignored));
  }
}

awaitable<void> expire(Socket& socket, base::Duration after) {
  asio::steady_timer timer(socket.get_executor(), after);
  error_code ignored;
  co_await timer.async_wait(redirect_error(use_awaitable, ignored));
}

// A task that may stand in an `||`: it throws nothing, what was thrown is kept for later.
awaitable<void> guarded(awaitable<void> task, std::exception_ptr& thrown) {
  try {
    co_await std::move(task);
  } catch (...) {
    thrown = std::current_exception();
  }
}

// Runs what makes an answer until it is made, the client goes, or (endless) the server ends.
// True: it came to its own end.
awaitable<bool> run_for_client(Shared& shared, Socket& socket, Span span, awaitable<void> task) {
  std::exception_ptr thrown;
  bool own_end = false;
  if (span == Span::endless) {
    const auto first =
        co_await (guarded(std::move(task), thrown) || client_gone(socket) || ending(shared));
    own_end = first.index() == 0;
  } else {
    const auto first = co_await (guarded(std::move(task), thrown) || client_gone(socket));
    own_end = first.index() == 0;
  }
  if (own_end && thrown) std::rethrow_exception(thrown);
  co_return own_end;
}

class Connection {
 public:
  Connection(Shared& shared, Socket socket) : shared_(shared), socket_(std::move(socket)) {}

  awaitable<void> serve() {
    // One co_await a statement: gcc 12 breaks those behind && and || (PR 99576 and its kin).
    for (bool go_on = true; go_on && !shared_.ending;) {
      go_on = co_await read_request();
      if (go_on) go_on = co_await answer();
    }
  }

 private:
  // False: there is no request to answer (any more).
  awaitable<bool> read_request() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header));
    parser_->body_limit(shared_.limits.body);
    error_code failed;
    const auto first = co_await (
        http::async_read(socket_, buffer_, *parser_, redirect_error(use_awaitable, failed)) ||
        expire(socket_, shared_.limits.request) || ending(shared_));
    if (first.index() == 2) co_return false;
    if (first.index() == 1) {
      if (parser_->got_some()) {
        co_await refuse(408, "the request did not arrive in time");
      }
      co_return false;
    }
    if (!failed) co_return true;
    if (failed == http::error::body_limit) {
      co_await refuse(
          413, "the body is larger than " + std::to_string(shared_.limits.body >> 20) + " MiB");
    } else if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
      co_await refuse(
          431, "the header is larger than " + std::to_string(shared_.limits.header >> 10) + " KiB");
    } else if (failed.category() == make_error_code(http::error::bad_method).category() &&
               failed != http::error::end_of_stream && failed != http::error::partial_message) {
      co_await refuse(400, "it is not HTTP: " + failed.message());
    }
    co_return false;
  }

  awaitable<void> refuse(int status, std::string why) {
    co_await send(error_reply(status, Error(ErrorKind::invalid, "cannot read the request: " + why)),
                  false);
  }

  // False: the connection is at its end.
  awaitable<bool> answer() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    http_1_1_ = message.version() >= 11;
    Request request;
    request.method = message.method_string();
    request.body = std::move(message.body());
    request.upgrade = beast::iequals(message[http::field::upgrade], "consort-stream");
    if (!parse_target(message.target(), request)) {
      co_await refuse(400, "its target is malformed");
      co_return false;
    }
    if (auto other = other_major(message["Consort-Api"]); other && request.path != "/v1/version") {
      co_return co_await send(*other, keep_alive_);
    }
    const auto found = find_route(request);
    if (const auto* reply = std::get_if<Reply>(&found)) {
      co_return co_await send(*reply, keep_alive_);
    }
    const Route& route = *std::get<const Route*>(found);
    if (route.method != "GET") {  // who only looks brings nothing
      request.events = shared_.backend.events_from_now();
      shared_.backend.use_environment(read_environment(message["Consort-Environment"]));
    }
    Seat seat(shared_, socket_, route);
    if (!seat.refusal().empty()) {
      co_return co_await send(
          error_reply(Error(ErrorKind::unavailable, "cannot answer: " + seat.refusal())),
          keep_alive_);
    }
    Response response;
    const bool responded =
        co_await run_for_client(shared_, socket_, route.span, respond(route, request, response));
    if (!responded) co_return false;
    if (const auto* reply = std::get_if<Reply>(&response))
      co_return co_await send(*reply, keep_alive_);
    if (const auto* stream = std::get_if<Stream>(&response)) {
      co_return co_await send_stream(*stream, route.span, seat.follower());
    }
    co_await upgrade(std::get<Upgraded>(response));
    co_return false;
  }

  // What is given by reference lives in answer(), which awaits this.
  awaitable<void> respond(const Route& route, Request& request, Response& response) {
    try {
      response = co_await route.handler(shared_.backend, request);
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) throw;
      response = internal_error(e);
    } catch (const std::exception& e) {
      response = internal_error(e);
    }
  }

  Reply internal_error(const std::exception& e) {
    shared_.log("cannot answer a request: " + std::string(e.what()));
    return error_reply(Error("cannot answer: " + std::string(e.what())));
  }

  std::optional<Reply> other_major(std::string_view header) {
    const std::string_view major = header.substr(0, header.find('.'));
    if (major.empty() || major == std::to_string(api_major)) return std::nullopt;
    const Version own = shared_.backend.version();
    return error_reply(
        426, Error(ErrorKind::unsupported,
                   "cannot answer: the supervisor of project " + own.project + " (version " +
                       own.version + ", pid " + std::to_string(own.pid) + ") speaks API " +
                       std::to_string(api_major) + ", its client speaks " + std::string(major)));
  }

  awaitable<bool> send(const Reply& reply, bool keep_alive) {
    keep_alive = keep_alive && !shared_.ending;
    std::string head = response_head(reply.status, reply.content_type);
    if (!reply.allow.empty()) head += "Allow: " + reply.allow + "\r\n";
    if (!keep_alive) head += "Connection: close\r\n";
    head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(reply.body)};
    error_code failed;
    co_await asio::async_write(socket_, parts, redirect_error(use_awaitable, failed));
    co_return !failed && keep_alive;
  }

  awaitable<bool> send_stream(const Stream& stream, Span span, Follower* follower) {
    ChunkWriter writer(socket_, http_1_1_, follower);
    std::string head = response_head(200, stream.content_type);
    if (!keep_alive_ || !http_1_1_) head += "Connection: close\r\n";
    bool whole = co_await writer.start(std::move(head));
    if (whole) whole = co_await run_for_client(shared_, socket_, span, stream.run(writer));
    if (whole) whole = co_await writer.finish();
    co_return whole&& keep_alive_;
  }

  awaitable<void> upgrade(const Upgraded& upgraded) {
    std::string head = response_head(101, "");
    head += "Connection: Upgrade\r\nUpgrade: consort-stream\r\n\r\n";
    error_code failed;
    co_await asio::async_write(socket_, asio::buffer(head), redirect_error(use_awaitable, failed));
    if (failed) co_return;
    const auto rest = buffer_.data();
    FrameChannel channel(socket_,
                         std::string_view(static_cast<const char*>(rest.data()), rest.size()));
    std::exception_ptr thrown;
    // The channel reads, so it learns of a client that goes; nobody else watches the socket.
    const auto first = co_await (guarded(upgraded.run(channel), thrown) || ending(shared_));
    if (first.index() == 0 && thrown) std::rethrow_exception(thrown);
  }

  Shared& shared_;
  Socket socket_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  bool keep_alive_ = false;
  bool http_1_1_ = true;
};

}  // namespace

std::string response_head(int status, std::string_view content_type) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + ' ';
  head += status == 101 ? "Switching Protocols" : status_text(status);
  head +=
      "\r\nConsort-Api: " + std::to_string(api_major) + '.' + std::to_string(api_minor) + "\r\n";
  if (!content_type.empty()) head.append("Content-Type: ").append(content_type).append("\r\n");
  return head;
}

awaitable<void> serve_connection(Shared& shared, Socket socket) {
  Connection connection(shared, std::move(socket));
  co_await connection.serve();
}

}  // namespace consort::api
