#pragma once

#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "core/engine/net_probe.h"

namespace consort::engine {

inline ProbeResult probe_failure(std::string why) {
  ProbeResult result;
  result.output = std::move(why);
  return result;
}

inline ProbeResult probe_success() {
  ProbeResult result;
  result.success = true;
  return result;
}

// One GET over a connected stream, plain or TLS. `wanted` is the status that counts as a success, 0
// for any of 200..399.
template <class Stream>
boost::asio::awaitable<ProbeResult> ask_http(Stream& stream, HttpUrl url, int wanted) {
  namespace http = boost::beast::http;
  constexpr auto result_of = boost::asio::as_tuple(boost::asio::use_awaitable);
  constexpr std::size_t header_limit = 64 * 1024;

  http::request<http::empty_body> request(http::verb::get, url.target, 11);
  const bool bare = url.host.find(':') == std::string::npos;
  const bool usual = url.port == usual_port(url.secure);
  request.set(http::field::host,
              (bare ? url.host : "[" + url.host + "]") + (usual ? "" : ":" + url.port));
  request.set(http::field::user_agent, "consort-healthcheck");
  request.set(http::field::connection, "close");
  auto [unsent, sent] = co_await http::async_write(stream, request, result_of);
  if (unsent) co_return probe_failure("cannot send the request: " + unsent.message());

  // The header is all that counts; a body may be large or endless.
  boost::beast::flat_buffer buffer(header_limit);
  http::response_parser<http::empty_body> response;
  response.skip(true);
  auto [unread, count] = co_await http::async_read_header(stream, buffer, response, result_of);
  if (unread) co_return probe_failure("cannot read the answer: " + unread.message());
  const int status = static_cast<int>(response.get().result_int());
  const bool good = wanted != 0 ? status == wanted : status >= 200 && status < 400;
  co_return good ? probe_success()
                 : probe_failure("answered with status " + std::to_string(status));
}

}  // namespace consort::engine
