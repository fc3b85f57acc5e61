#pragma once

#include <span>
#include <string_view>

#include "core/api/http.h"

namespace consort::api {

// Takes a request, returns a response; what it returns may outlive the request, never the backend.
using Handler = asio::awaitable<Response> (*)(Backend& backend, Request& request);

// How long an answer lasts.
enum class Span {
  finite,   // ends by itself; waited for when the supervisor ends
  endless,  // follows or waits for something; is ended with the supervisor
};

struct Route {
  std::string_view method;
  std::string_view path;
  Span span;
  Handler handler;
};

// The one table of what the API can do.
std::span<const Route> routes();

// The route of a request, or the Reply that says why there is none (404, 405).
std::variant<const Route*, Reply> find_route(const Request& request);

// The variables that the header Consort-Environment has, a JSON object; none if it is malformed.
std::map<std::string, std::string> read_environment(std::string_view header);

}  // namespace consort::api
