#include "plugins/docker/engine.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace consort::docker {
namespace {

constexpr int oldest_version = 41;
constexpr int newest_version = 51;
constexpr std::chrono::milliseconds patience{5'000};       // before a pending call is doubted
constexpr std::chrono::milliseconds ping_timeout{10'000};  // then the engine hangs

}  // namespace

Reply reply_of(const Transfer& transfer) {
  Reply reply;
  reply.status = transfer.status;
  boost::system::error_code failed;
  reply.body = json::parse(transfer.body, failed);
  if (failed) reply.body = json::value(transfer.body);
  return reply;
}

std::string Reply::message() const {
  const std::string text = text_at(body, "message");
  if (!text.empty()) return text;
  if (body.is_string() && !body.get_string().empty()) return std::string(body.get_string());
  return "the engine answered " + std::to_string(status);
}

void expect(const Reply& reply, const std::string& what, const std::string& remedy) {
  if (reply.ok()) return;
  const auto status = reply.status == 404                          ? CONSORT_E_NOT_FOUND
                      : reply.status == 400                        ? CONSORT_E_INVALID
                      : reply.status == 401 || reply.status == 403 ? CONSORT_E_DENIED
                                                                   : CONSORT_E_FAILED;
  throw Error(status, what + ": " + reply.message() + remedy);
}

std::string url_encode(std::string_view text) {
  constexpr const char* digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("-._~", c) != nullptr) {
      out += c;
    } else {
      ((out += '%') += digits[static_cast<unsigned char>(c) >> 4]) += digits[c & 15];
    }
  }
  return out;
}

Engine::Engine(Reactor& reactor, Scope& scope, Address address,
               std::function<void(const std::string&)> absent)
    : reactor_(reactor),
      scope_(scope),
      http_(reactor, std::move(address)),
      absent_(std::move(absent)) {}

std::string Engine::versioned(const std::string& path) const {
  return "/v1." + std::to_string(version_) + path;
}

Error Engine::no_answer(const Transfer& transfer) const {
  const std::string where = "cannot reach the engine at " + address().text + ": ";
  const int system = static_cast<int>(transfer.system_error);
  if (hangs_ || transfer.failure == CURLE_OPERATION_TIMEDOUT) {
    return Error(CONSORT_E_RETRY, where + "it does not answer");
  }
  if (transfer.failure == CURLE_COULDNT_CONNECT && (system == EACCES || system == EPERM)) {
    return Error(CONSORT_E_DENIED,
                 where +
                     "permission denied; join the group that owns the socket (`usermod -aG "
                     "docker USER`), or use a rootless engine");
  }
  if (transfer.failure == CURLE_COULDNT_CONNECT && (system == ENOENT || system == ECONNREFUSED)) {
    return Error(CONSORT_E_RETRY,
                 where + std::strerror(system) + "; is it running? (`systemctl start docker`)");
  }
  return Error(CONSORT_E_RETRY, where + transfer.failure_text);
}

Async<void> Engine::connect() {
  if (version_ != 0) co_return;
  Request request;
  request.method = "HEAD";
  request.path = "/_ping";
  request.timeout = ping_timeout;
  const auto transfer = http_.send(std::move(request));
  co_await transfer->done.wait();
  if (transfer->failure != CURLE_OK) {
    const Error error = no_answer(*transfer);
    absent_(error.what());
    throw error;
  }
  const std::string& offered = transfer->api_version;
  if (transfer->status == 400 && offered.empty() && !address().host.empty() && !address().tls()) {
    throw Error(CONSORT_E_INVALID,
                "cannot use the engine at " + address().text +
                    ": it wants TLS; set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH");
  }
  const int minor = offered.starts_with("1.") ? std::atoi(offered.c_str() + 2) : 0;
  if (minor < oldest_version) {
    throw Error(CONSORT_E_INVALID, "cannot use the engine at " + address().text + ": its API is " +
                                       (offered.empty() ? "unknown" : offered) +
                                       ", needed is 1.41 (Docker Engine 20.10) or later");
  }
  version_ = std::min(minor, newest_version);
}

Async<bool> Engine::ping() {
  Request request;
  request.path = "/_ping";
  request.timeout = ping_timeout;
  const auto transfer = http_.send(std::move(request));
  co_await transfer->done.wait();
  co_return transfer->failure == CURLE_OK && transfer->status < 500;
}

Async<Reply> Engine::call(Request request) {
  co_await connect();
  request.path = versioned(request.path);
  const auto transfer = http_.send(std::move(request));
  const auto place = pending_.insert(pending_.end(), transfer);
  struct Leave {  // also when the coroutine is destroyed while it waits
    std::list<std::shared_ptr<Transfer>>& pending;
    std::list<std::shared_ptr<Transfer>>::const_iterator place;
    ~Leave() { pending.erase(place); }
  } leave{pending_, place};
  if (!std::exchange(watching_, true)) scope_.spawn(watch_pending());
  co_await transfer->done.wait();
  if (transfer->failure != CURLE_OK) {
    const Error error = no_answer(*transfer);
    absent_(error.what());
    throw error;
  }
  co_return reply_of(*transfer);
}

// As long as calls wait. An engine that answers a ping may take the time that a call needs.
Async<void> Engine::watch_pending() {
  for (;;) {
    // Those that are done are about to leave.
    const auto open =
        std::ranges::find_if(pending_, [](const auto& t) { return !t->done.is_set(); });
    if (open == pending_.end()) break;
    const auto oldest = *open;
    const bool done = co_await oldest->done.wait(patience);
    if (done) continue;
    const bool answers = co_await ping();
    if (answers) continue;
    hangs_ = true;
    const auto late = pending_;
    for (const auto& transfer : late) http_.cancel(transfer);
    hangs_ = false;
  }
  watching_ = false;
}

Async<std::shared_ptr<Transfer>> Engine::open(Request request) {
  co_await connect();
  request.path = versioned(request.path);
  request.timeout = std::chrono::milliseconds(0);
  co_return http_.send(std::move(request));
}

Async<Reply> Engine::get(std::string path) {
  Request request;
  request.path = std::move(path);
  return call(std::move(request));
}

Async<Reply> Engine::post(std::string path, json::value body, std::chrono::milliseconds timeout) {
  Request request;
  request.method = "POST";
  request.path = std::move(path);
  if (!body.is_null()) request.body = json::serialize(body);
  request.timeout = timeout;
  return call(std::move(request));
}

Async<Reply> Engine::remove(std::string path, std::chrono::milliseconds timeout) {
  Request request;
  request.method = "DELETE";
  request.path = std::move(path);
  request.timeout = timeout;
  return call(std::move(request));
}

}  // namespace consort::docker
