#pragma once

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/docker/coroutine.h"

namespace consort::docker {

// Where an engine listens. Exactly one of `socket` and `host` is set.
struct Address {
  std::string socket;                // path of a Unix socket
  std::string host;                  // "HOST:PORT"
  std::string ca, certificate, key;  // TLS, if any is set: paths of PEM files
  bool verify = true;
  std::string text;  // as people write it, for messages

  bool tls() const { return !ca.empty() || !certificate.empty(); }
};

struct Request {
  std::string method = "GET";
  std::string path;  // with its query
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::string> headers;
  std::chrono::milliseconds timeout{30'000};  // 0: none, for streams
  // Gives the body in pieces instead: fills the buffer, returns the length, 0 at its end.
  std::function<std::size_t(char* buffer, std::size_t size)> upload;
  // Takes the body of a success in pieces instead. False: not taken; resume() brings it again.
  std::function<bool(std::string_view)> stream;
  // Only connects, and leaves the connection to send() and receive() of the transfer.
  bool connect_only = false;
};

// A request under way and its answer.
class Transfer {
 public:
  explicit Transfer(Reactor& reactor) : done(reactor) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  Event done;
  int status = 0;    // of HTTP; 0: no answer came
  std::string body;  // not what `stream` took
  CURLcode failure = CURLE_OK;
  long system_error = 0;  // errno of a failed connect
  std::string failure_text;
  // Of the answer's head: Api-Version, X-Docker-Container-Path-Stat.
  std::string api_version, path_stat;

  // Goes on where `stream` said no.
  void resume();

  // Of a connection that is left to its user; non-blocking. The length, 0: it is closed, -1: not
  // now. Throw Error if it is broken.
  long send(std::string_view bytes);
  long receive(char* buffer, std::size_t size);
  int socket() const;

 private:
  friend class Http;
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_upload(char* data, std::size_t, std::size_t size, void* self);

  Request request_;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  char error_[CURL_ERROR_SIZE] = {};
};

// HTTP to one engine by curl's multi interface on the reactor: connections are kept and shared, no
// call blocks. Callbacks and waiters run from the reactor, never within send().
class Http {
 public:
  Http(Reactor& reactor, Address address);
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;
  ~Http();  // drops what is under way; nobody is told

  std::shared_ptr<Transfer> send(Request request);
  // Ends it where it is, as done with CURLE_ABORTED_BY_CALLBACK, and closes a connection that was
  // left to its user.
  void cancel(const std::shared_ptr<Transfer>& transfer);

  const Address& address() const { return address_; }

 private:
  CURL* easy(const std::string& path) const;
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*);
  static int on_timer(CURLM*, long timeout_ms, void* self);
  void act(curl_socket_t fd, int bits);
  void add(const std::shared_ptr<Transfer>& transfer);
  void collect();
  void finish(const std::shared_ptr<Transfer>& transfer, CURLcode code);

  Reactor& reactor_;
  const Address address_;
  CURLM* multi_;
  std::uint64_t timer_ = 0;
  std::unordered_map<CURL*, std::shared_ptr<Transfer>> transfers_;
  bool acting_ = false;  // within curl
  std::vector<std::function<void()>> later_;
};

}  // namespace consort::docker
