#pragma once

#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "core/base/result.h"
#include "core/engine/health.h"

// Probes over the network, run by the supervisor itself. Each ends within `timeout`.
namespace consort::engine {

constexpr const char* usual_port(bool secure) { return secure ? "443" : "80"; }

struct HttpUrl {
  bool secure = false;  // https
  std::string host;     // a name or an address, without brackets
  std::string port = "80";
  std::string target = "/";  // path and query
};

// http[s]://HOST[:PORT][/PATH][?QUERY]. Anything else is an error that says what is wrong.
base::Result<HttpUrl> parse_http_url(std::string_view url);

// Whether the supervisor can run this probe at all: "cannot probe https://...: ...".
base::Result<void> check_http(const model::HttpProbe& probe);

// One GET, no redirect followed. A success is the status asked for, or any of 200..399.
boost::asio::awaitable<ProbeResult> probe_http(model::HttpProbe probe, Duration timeout);

// A success is an accepted connection, which is closed at once.
boost::asio::awaitable<ProbeResult> probe_tcp(model::TcpProbe probe, Duration timeout);

}  // namespace consort::engine
