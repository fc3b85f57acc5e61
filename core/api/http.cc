#include "core/api/http.h"

#include <boost/json/serialize.hpp>

namespace consort::api {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986, section 2.1. A '+' stays: times have one.
bool decode(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return false;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return true;
}

int status_of(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::invalid:
      return 400;
    case base::ErrorKind::denied:
      return 403;
    case base::ErrorKind::not_found:
      return 404;
    case base::ErrorKind::conflict:
    case base::ErrorKind::cancelled:
      return 409;
    case base::ErrorKind::unsupported:
      return 501;
    case base::ErrorKind::unavailable:
      return 503;
    case base::ErrorKind::failed:
      break;
  }
  return 500;
}

}  // namespace

bool parse_target(std::string_view target, Request& request) {
  if (target.empty() || target.front() != '/') return false;
  const std::size_t mark = target.find('?');
  if (!decode(target.substr(0, mark), request.path)) return false;
  if (mark == std::string_view::npos) return true;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    std::string name, value;
    if (!decode(pair.substr(0, equals), name)) return false;
    if (equals != std::string_view::npos && !decode(pair.substr(equals + 1), value)) return false;
    request.query[std::move(name)] = std::move(value);
  }
  return true;
}

Reply error_reply(int status, const base::Error& error) {
  return {.status = status, .body = boost::json::serialize(to_json(to_reply(error))) + '\n'};
}

Reply error_reply(const base::Error& error) { return error_reply(status_of(error.kind()), error); }

std::string_view status_text(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace consort::api
