#include "core/engine/net_probe.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

using namespace consort;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using engine::parse_http_url;

namespace {

// Answers one connection with `answer` (nothing: keeps silent until the probe gives up).
class Server {
 public:
  explicit Server(std::string answer)
      : acceptor_(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        thread_([this, answer = std::move(answer)] { serve(answer); }) {}
  ~Server() { thread_.join(); }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }
  const std::string& request() const { return request_; }  // after the probe

 private:
  void serve(const std::string& answer) {
    boost::system::error_code error;
    tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    boost::asio::streambuf buffer;
    boost::asio::read_until(socket, buffer, "\r\n\r\n", error);
    request_.assign(boost::asio::buffers_begin(buffer.data()),
                    boost::asio::buffers_end(buffer.data()));
    if (answer.empty()) {
      boost::asio::read_until(socket, buffer, "never", error);  // until it is closed
      return;
    }
    boost::asio::write(socket, boost::asio::buffer(answer), error);
  }

  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::string request_;
  std::thread thread_;
};

engine::ProbeResult run(boost::asio::awaitable<engine::ProbeResult> probe) {
  boost::asio::io_context io;
  engine::ProbeResult result;
  boost::asio::co_spawn(io, std::move(probe),
                        [&](std::exception_ptr failure, engine::ProbeResult found) {
                          if (failure) std::rethrow_exception(failure);
                          result = std::move(found);
                        });
  io.run();
  return result;
}

std::uint16_t unused_port() {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  return acceptor.local_endpoint().port();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_probe)

BOOST_AUTO_TEST_CASE(urls) {
  const auto plain = parse_http_url("http://localhost");
  BOOST_TEST(plain->host == "localhost");
  BOOST_TEST(plain->port == "80");
  BOOST_TEST(plain->target == "/");
  const auto full = parse_http_url("http://[::1]:8080/a/b?c=d#e");
  BOOST_TEST(full->host == "::1");
  BOOST_TEST(full->port == "8080");
  BOOST_TEST(full->target == "/a/b?c=d");
  BOOST_TEST(parse_http_url("http://h?x")->target == "/?x");
  BOOST_TEST(!plain->secure);
  const auto secure = parse_http_url("https://h/x");
  BOOST_TEST(secure->secure);
  BOOST_TEST(secure->host == "h");
  BOOST_TEST(secure->port == "443");
  BOOST_TEST(secure->target == "/x");
  BOOST_TEST(parse_http_url("https://h:8443")->port == "8443");
  for (const auto* bad : {"https://", "https:/h/", "ftp://h/", "h", "http://", "http://:80/",
                          "http://h:0/", "http://h:99999/", "http://h:8o/", "http://h:/",
                          "http://u@h/", "http://[::1/", "http://h/a b", "http://h/\r\nX: y"}) {
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST(parse_http_url(bad).has_error()); }
  }
}

BOOST_AUTO_TEST_CASE(any_status_below_400_is_good_unless_one_is_asked_for) {
  struct Row {
    int answered, wanted;
    bool success;
  };
  for (const auto& row :
       {Row{200, 0, true}, Row{204, 0, true}, Row{302, 0, true}, Row{404, 0, false},
        Row{503, 0, false}, Row{404, 404, true}, Row{200, 204, false}}) {
    const Server server("HTTP/1.1 " + std::to_string(row.answered) +
                        " X\r\nContent-Length: 0\r\n\r\n");
    const auto result = run(engine::probe_http({server.url("/healthz"), row.wanted}, 10s));
    BOOST_TEST_CONTEXT(row.answered << " where " << row.wanted) {
      BOOST_TEST(result.success == row.success);
      BOOST_TEST(result.output ==
                 (row.success ? "" : "answered with status " + std::to_string(row.answered)));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_endless_body_is_not_waited_for) {
  const Server server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  BOOST_TEST(run(engine::probe_http({server.url("/stream"), 0}, 10s)).success);
}

BOOST_AUTO_TEST_CASE(silence_is_a_failure_when_the_timeout_is_over) {
  const Server server("");
  const auto result = run(engine::probe_http({server.url("/"), 0}, 50ms));
  BOOST_TEST(!result.success);
  BOOST_TEST(result.output == "no answer within 50ms");
}

// What becomes of a real handshake: tests/e2e/test_https_probe.py.
BOOST_AUTO_TEST_CASE(a_handshake_that_stalls_ends_when_the_timeout_is_over) {
  const Server server("");
  const auto result = run(engine::probe_http({"https" + server.url("/").substr(4)}, 50ms));
  BOOST_TEST(!result.success);
  BOOST_TEST(result.output == "no answer within 50ms");
}

BOOST_AUTO_TEST_CASE(what_is_not_http_is_a_failure) {
  const Server server("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  const auto result = run(engine::probe_http({server.url("/"), 0}, 10s));
  BOOST_TEST(!result.success);
  BOOST_TEST(result.output.starts_with("cannot read the answer: "));
}

BOOST_AUTO_TEST_CASE(a_tcp_probe_succeeds_where_someone_listens) {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  BOOST_TEST(run(engine::probe_tcp({"127.0.0.1", acceptor.local_endpoint().port()}, 10s)).success);
  const auto port = unused_port();
  const auto result = run(engine::probe_tcp({"127.0.0.1", port}, 10s));
  BOOST_TEST(!result.success);
  BOOST_TEST(result.output ==
             "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

BOOST_AUTO_TEST_SUITE_END()
