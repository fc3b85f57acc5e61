#pragma once

#include <optional>
#include <string>

#include "plugins/docker/http.h"
#include "plugins/docker/json_view.h"

namespace consort::docker {

// What the engine answered.
struct Reply {
  int status = 0;
  json::value body;  // null where it is not JSON

  bool ok() const { return status >= 200 && status < 400; }
  std::string message() const;  // of an error
};

Reply reply_of(const Transfer& transfer);

// Throws unless `reply` is a success: "WHAT: the engine's message" and what to do. NOT_FOUND for
// 404, INVALID for 400, DENIED for 401 and 403, else FAILED.
void expect(const Reply& reply, const std::string& what, const std::string& remedy = "");

// The Engine API: JSON over Http, with the newest version that both sides speak (1.41 or later).
// A call that gets no answer throws CONSORT_E_RETRY. An engine that accepts connections and answers
// nothing is found out by a ping beside the calls that wait, and fails them all.
class Engine {
 public:
  // `absent` is called for each time a call finds the engine gone or hanging, with the reason.
  Engine(Reactor& reactor, Scope& scope, Address address,
         std::function<void(const std::string&)> absent);

  Async<Reply> get(std::string path);
  // `body` null: none.
  Async<Reply> post(std::string path, json::value body = nullptr,
                    std::chrono::milliseconds timeout = default_timeout);
  Async<Reply> remove(std::string path, std::chrono::milliseconds timeout = default_timeout);
  // Any request; its path is without the version.
  Async<Reply> call(Request request);
  // A streaming request under way; its `done` is the stream's end. Throws RETRY without an engine.
  Async<std::shared_ptr<Transfer>> open(Request request);

  // Learns the version if it is not known. Throws RETRY, or INVALID if it is too old.
  Async<void> connect();
  // Whether it answers now.
  Async<bool> ping();

  int version() const { return version_; }  // the 41 of 1.41; 0: not connected yet
  std::string versioned(const std::string& path) const;
  Http& http() { return http_; }
  Reactor& reactor() { return reactor_; }
  const Address& address() const { return http_.address(); }

  // Why there was no answer, as an error.
  Error no_answer(const Transfer& transfer) const;

  static constexpr std::chrono::milliseconds default_timeout{60'000};

 private:
  Async<void> watch_pending();

  Reactor& reactor_;
  Scope& scope_;
  Http http_;
  std::function<void(const std::string&)> absent_;
  int version_ = 0;
  std::list<std::shared_ptr<Transfer>> pending_;  // not the streams
  bool watching_ = false;
  bool hangs_ = false;
};

std::string url_encode(std::string_view text);

}  // namespace consort::docker
