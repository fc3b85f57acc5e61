#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/base/part.h"
#include "core/engine/net_probe.h"

namespace consort::engine {

// The part "tls": OpenSSL would cost every supervisor memory and time at its start.
struct TlsPart : base::Part {
  // Agrees on TLS over a connected socket and asks the probe's URL. The server must prove to be
  // `url.host` by a certificate that the system trusts, unless the probe is insecure. The socket
  // lives until the end; cancelling the coroutine ends it.
  boost::asio::awaitable<ProbeResult> (*ask)(boost::asio::ip::tcp::socket& socket, HttpUrl url,
                                             model::HttpProbe probe);
};

}  // namespace consort::engine
