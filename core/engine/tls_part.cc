#include "core/engine/tls_part.h"

#include <memory>

#include <boost/asio/ssl.hpp>

#include "core/engine/http_exchange.h"

namespace consort::engine {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;

// Whom the server must prove to be: a name is told to it too, as a server may have several.
void expect(SSL* session, const std::string& host) {
  X509_VERIFY_PARAM* wanted = ::SSL_get0_param(session);
  if (::X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) return;
  ::X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
  ::SSL_set_tlsext_host_name(session, host.c_str());
}

std::string why_not(SSL* session, const HttpUrl& url, const boost::system::error_code& error) {
  const std::string server = url.host + ":" + url.port;
  const long verdict = ::SSL_get_verify_result(session);
  if (verdict == X509_V_OK || ::SSL_get_verify_mode(session) == SSL_VERIFY_NONE) {
    return "cannot agree on TLS with " + server + ": " + error.message();
  }
  return "cannot trust the certificate of " + server + ": " +
         ::X509_verify_cert_error_string(verdict) + "; `insecure: true` beside http trusts any";
}

using Context = std::shared_ptr<ssl::context>;

Context make_context() { return std::make_shared<ssl::context>(ssl::context::tls_client); }

// What the system trusts. It is kept, because where that is one file reading it takes 40 ms. Never
// destroyed: OpenSSL's own end comes first.
Context& trusted() {
  static Context& kept = *new Context;
  if (kept) return kept;
  kept = make_context();
  boost::system::error_code without_store;  // then nothing is trusted
  kept->set_default_verify_paths(without_store);
  return kept;
}

asio::awaitable<ProbeResult> ask(tcp::socket& socket, HttpUrl url, model::HttpProbe probe) {
  const Context context = probe.insecure ? make_context() : trusted();
  ssl::stream<tcp::socket&> stream(socket, *context);
  SSL* const session = stream.native_handle();
  ::SSL_set_verify(session, probe.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  expect(session, url.host);
  constexpr auto result_of = asio::as_tuple(asio::use_awaitable);
  auto [error] = co_await stream.async_handshake(ssl::stream_base::client, result_of);
  if (error) {
    if (!probe.insecure) trusted().reset();  // it may have changed: the next probe reads it again
    co_return probe_failure(why_not(session, url, error));
  }
  co_return co_await ask_http(stream, url, probe.status);
}

}  // namespace
}  // namespace consort::engine

using consort::engine::TlsPart;

extern "C" [[gnu::visibility("default")]] constexpr TlsPart consort_part{{}, &consort::engine::ask};
