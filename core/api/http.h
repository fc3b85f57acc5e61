#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <boost/asio/awaitable.hpp>

#include "core/api/backend.h"

// What passes between the routes and the connection that serves them.
namespace consort::api {

struct Request {
  std::string method;
  std::string path;                          // decoded, without the query
  std::map<std::string, std::string> query;  // decoded; the last of equal names counts
  std::string body;
  bool upgrade = false;  // the client asks for consort-stream
  // From when it came, before anything followed from it; none of a GET.
  std::shared_ptr<EventSource> events = {};
};

struct Reply {
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  std::string allow = {};  // of a 405
};

class Writer {
 public:
  virtual ~Writer() = default;
  // Completes when the kernel has taken the bytes. False: the client has gone; write no more.
  virtual asio::awaitable<bool> write(std::string_view bytes) = 0;
};

struct Stream {
  std::string content_type;
  std::function<asio::awaitable<void>(Writer&)> run;
};

struct Upgraded {
  std::function<asio::awaitable<void>(FrameStream&)> run;
};

using Response = std::variant<Reply, Stream, Upgraded>;

// Splits and decodes a request target; false if it is malformed.
bool parse_target(std::string_view target, Request& request);

Reply error_reply(int status, const base::Error& error);
Reply error_reply(const base::Error& error);  // the status that has the sense of its kind
std::string_view status_text(int status);

}  // namespace consort::api
