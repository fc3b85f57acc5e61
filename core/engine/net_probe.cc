#include "core/engine/net_probe.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/engine/http_exchange.h"
#include "core/engine/tls_part.h"

namespace consort::engine {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Error;
using base::ErrorKind;

constexpr auto result_of = asio::as_tuple(asio::use_awaitable);

base::Result<const TlsPart*> load_tls() { return base::load_part<TlsPart>("tls"); }

std::string refused(const std::string& host, const std::string& port,
                    const boost::system::error_code& error) {
  return "cannot connect to " + host + ":" + port + ": " + error.message();
}

// "" when connected, else why not.
asio::awaitable<std::string> connect(tcp::socket& socket, std::string host, std::string port) {
  tcp::resolver resolver(socket.get_executor());
  auto [unresolved, endpoints] = co_await resolver.async_resolve(host, port, result_of);
  if (unresolved) co_return refused(host, port, unresolved);
  auto [error, endpoint] = co_await asio::async_connect(socket, endpoints, result_of);
  co_return error ? refused(host, port, error) : "";
}

asio::awaitable<ProbeResult> tcp_once(std::string host, std::string port) {
  tcp::socket socket(co_await asio::this_coro::executor);
  std::string problem = co_await connect(socket, host, port);
  co_return problem.empty() ? probe_success() : probe_failure(std::move(problem));
}

asio::awaitable<ProbeResult> http_once(HttpUrl url, model::HttpProbe probe) {
  tcp::socket socket(co_await asio::this_coro::executor);
  if (std::string problem = co_await connect(socket, url.host, url.port); !problem.empty()) {
    co_return probe_failure(std::move(problem));
  }
  if (!url.secure) co_return co_await ask_http(socket, url, probe.status);
  const auto tls = load_tls();
  if (!tls) co_return probe_failure(tls.error().message());
  co_return co_await (*tls)->ask(socket, url, probe);
}

asio::awaitable<ProbeResult> within(Duration timeout, asio::awaitable<ProbeResult> probe) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor, timeout);
  auto first = co_await (std::move(probe) || timer.async_wait(result_of));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return probe_failure("no answer within " + model::format_duration(timeout));
}

}  // namespace

base::Result<HttpUrl> parse_http_url(std::string_view url) {
  const auto refuse = [&](std::string_view why) {
    return Error(ErrorKind::invalid, "cannot probe " + std::string(url) + ": " + std::string(why));
  };
  HttpUrl parsed;
  parsed.secure = url.starts_with("https://");
  if (!parsed.secure && !url.starts_with("http://")) {
    return refuse("it does not begin with http:// or https://");
  }
  parsed.port = usual_port(parsed.secure);
  std::string_view rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, end);
  if (end != std::string_view::npos) {
    parsed.target = std::string(rest.substr(end));
    if (parsed.target.front() == '?') parsed.target.insert(0, "/");
  }
  const bool clean = std::all_of(parsed.target.begin(), parsed.target.end(),
                                 [](unsigned char c) { return c > ' ' && c < 127; });
  if (!clean) return refuse("its path has a character that must be percent-encoded");
  if (authority.find('@') != std::string_view::npos) return refuse("it has a user in it");

  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return refuse("the ] of its address is missing");
    parsed.host = std::string(authority.substr(1, close - 1));
    port = authority.substr(close + 1);
  } else {
    const std::size_t colon = authority.find(':');
    parsed.host = std::string(authority.substr(0, colon));
    port = colon == std::string_view::npos ? "" : authority.substr(colon);
  }
  if (parsed.host.empty()) return refuse("it has no host");
  if (port.empty()) return parsed;
  const std::string_view digits = port.substr(1);
  const bool numeric = port.front() == ':' && !digits.empty() && digits.size() <= 5 &&
                       std::all_of(digits.begin(), digits.end(),
                                   [](unsigned char c) { return c >= '0' && c <= '9'; });
  if (!numeric || std::stoi(std::string(digits)) < 1 || std::stoi(std::string(digits)) > 65535) {
    return refuse("its port is not a number from 1 to 65535");
  }
  parsed.port = std::string(digits);
  return parsed;
}

base::Result<void> check_http(const model::HttpProbe& probe) {
  const auto url = parse_http_url(probe.url);
  if (!url) return url.error();
  if (!url->secure) return {};
  const auto tls = load_tls();
  if (!tls) return tls.error().wrap("cannot probe " + probe.url);
  return {};
}

asio::awaitable<ProbeResult> probe_http(model::HttpProbe probe, Duration timeout) {
  auto url = parse_http_url(probe.url);
  if (!url) co_return probe_failure(url.error().message());
  co_return co_await within(timeout, http_once(std::move(*url), std::move(probe)));
}

asio::awaitable<ProbeResult> probe_tcp(model::TcpProbe probe, Duration timeout) {
  co_return co_await within(timeout, tcp_once(probe.host, std::to_string(probe.port)));
}

}  // namespace consort::engine
