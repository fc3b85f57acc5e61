#include "plugins/docker/http.h"

#include <algorithm>
#include <cstring>

namespace consort::docker {
namespace {

// Idle connections that are kept for the next calls.
constexpr long kept_connections = 32;

}  // namespace

Transfer::~Transfer() {
  if (easy_ != nullptr) curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

void Transfer::resume() {
  if (easy_ != nullptr && !done.is_set()) curl_easy_pause(easy_, CURLPAUSE_CONT);
}

int Transfer::socket() const {
  curl_socket_t fd = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &fd);
  return fd;
}

long Transfer::send(std::string_view bytes) {
  std::size_t sent = 0;
  const CURLcode code = curl_easy_send(easy_, bytes.data(), bytes.size(), &sent);
  if (code == CURLE_AGAIN) return -1;
  if (code != CURLE_OK) throw Error(CONSORT_E_RETRY, curl_easy_strerror(code));
  return static_cast<long>(sent);
}

long Transfer::receive(char* buffer, std::size_t size) {
  std::size_t received = 0;
  const CURLcode code = curl_easy_recv(easy_, buffer, size, &received);
  if (code == CURLE_AGAIN) return -1;
  if (code != CURLE_OK) throw Error(CONSORT_E_RETRY, curl_easy_strerror(code));
  return static_cast<long>(received);
}

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  long status = 0;
  curl_easy_getinfo(transfer.easy_, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.request_.stream && status < 300) {
    return transfer.request_.stream({data, size}) ? size : CURL_WRITEFUNC_PAUSE;
  }
  transfer.body.append(data, size);
  return size;
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto keep = [&](std::string_view name, std::string& value) {
    std::string_view line(data, size);
    const auto same = [](char a, char b) {
      return a == std::tolower(static_cast<unsigned char>(b));
    };
    if (line.size() <= name.size() || !std::equal(name.begin(), name.end(), line.begin(), same)) {
      return;
    }
    line.remove_prefix(name.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    value = line.substr(0, line.find_first_of("\r\n"));
  };
  keep("api-version:", transfer.api_version);
  keep("x-docker-container-path-stat:", transfer.path_stat);
  return size;
}

std::size_t Transfer::on_upload(char* data, std::size_t, std::size_t size, void* self) {
  return static_cast<Transfer*>(self)->request_.upload(data, size);
}

Http::Http(Reactor& reactor, Address address)
    : reactor_(reactor), address_(std::move(address)), multi_(curl_multi_init()) {
  if (multi_ == nullptr) throw Error(CONSORT_E_FAILED, "cannot use curl: out of memory");
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Http::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Http::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kept_connections);
}

Http::~Http() {
  for (auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
  transfers_.clear();
  curl_multi_cleanup(multi_);
  if (timer_ != 0) reactor_.cancel(timer_);
}

CURL* Http::easy(const std::string& path) const {
  CURL* easy = curl_easy_init();
  if (easy == nullptr) throw Error(CONSORT_E_FAILED, "cannot use curl: out of memory");
  const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
  set(CURLOPT_PROXY, "");  // the engine is not reached by the proxy of the web
  if (!address_.socket.empty()) {
    set(CURLOPT_UNIX_SOCKET_PATH, address_.socket.c_str());
    set(CURLOPT_URL, ("http://docker" + path).c_str());
    return easy;
  }
  set(CURLOPT_URL, ((address_.tls() ? "https://" : "http://") + address_.host + path).c_str());
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  if (!address_.ca.empty()) set(CURLOPT_CAINFO, address_.ca.c_str());
  if (!address_.certificate.empty()) set(CURLOPT_SSLCERT, address_.certificate.c_str());
  if (!address_.key.empty()) set(CURLOPT_SSLKEY, address_.key.c_str());
  if (!address_.verify) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  return easy;
}

std::shared_ptr<Transfer> Http::send(Request request) {
  auto transfer = std::make_shared<Transfer>(reactor_);
  transfer->easy_ = easy(request.path);
  transfer->request_ = std::move(request);
  const Request& asked = transfer->request_;
  CURL* easy = transfer->easy_;
  const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  const auto header = [&](const std::string& line) {
    transfer->headers_ = curl_slist_append(transfer->headers_, line.c_str());
  };
  set(CURLOPT_ERRORBUFFER, transfer->error_);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(asked.timeout.count()));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, transfer.get());
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, transfer.get());
  header("Expect:");  // no waiting for 100
  if (asked.connect_only) set(CURLOPT_CONNECT_ONLY, 1L);
  if (asked.upload) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &Transfer::on_upload);
    set(CURLOPT_READDATA, transfer.get());
    header("Content-Type: " + asked.content_type);
    header("Transfer-Encoding: chunked");
  } else if (asked.method == "POST" || !asked.body.empty()) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(asked.body.size()));
    set(CURLOPT_POSTFIELDS, asked.body.data());
    header(asked.body.empty() ? "Content-Type:" : "Content-Type: " + asked.content_type);
  }
  if (asked.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, asked.method.c_str());
  for (const auto& line : asked.headers) header(line);
  set(CURLOPT_HTTPHEADER, transfer->headers_);
  transfers_.emplace(easy, transfer);
  // Curl takes no calls from within its callbacks: of a `stream` that asks for more.
  acting_ ? later_.push_back([this, transfer] { add(transfer); }) : add(transfer);
  return transfer;
}

void Http::add(const std::shared_ptr<Transfer>& transfer) {
  const CURLMcode code = curl_multi_add_handle(multi_, transfer->easy_);
  if (code == CURLM_OK) return;  // its timer callback makes it begin
  throw Error(CONSORT_E_FAILED, std::string("cannot use curl: ") + curl_multi_strerror(code));
}

void Http::cancel(const std::shared_ptr<Transfer>& transfer) {
  if (acting_) return later_.push_back([this, transfer] { cancel(transfer); });
  if (transfers_.contains(transfer->easy_)) finish(transfer, CURLE_ABORTED_BY_CALLBACK);
}

int Http::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto& http = *static_cast<Http*>(self);
  if (what == CURL_POLL_REMOVE) {
    http.reactor_.unwatch(fd);
    return 0;
  }
  std::uint32_t events = 0;
  if ((what & CURL_POLL_IN) != 0) events |= CONSORT_READABLE;
  if ((what & CURL_POLL_OUT) != 0) events |= CONSORT_WRITABLE;
  try {
    http.reactor_.watch(fd, events, [&http, fd](std::uint32_t ready) {
      http.act(fd, ((ready & CONSORT_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                       ((ready & CONSORT_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0));
    });
  } catch (const Error&) {
    return -1;  // the transfer fails
  }
  return 0;
}

int Http::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& http = *static_cast<Http*>(self);
  if (http.timer_ != 0) http.reactor_.cancel(std::exchange(http.timer_, 0));
  if (timeout_ms < 0) return 0;
  try {
    http.timer_ = http.reactor_.after(std::chrono::milliseconds(timeout_ms), [&http] {
      http.timer_ = 0;
      http.act(CURL_SOCKET_TIMEOUT, 0);
    });
  } catch (const Error&) {
    return -1;
  }
  return 0;
}

void Http::act(curl_socket_t fd, int bits) {
  int running = 0;
  acting_ = true;
  curl_multi_socket_action(multi_, fd, bits, &running);
  acting_ = false;
  for (const auto& what : std::exchange(later_, {})) what();
  collect();
}

void Http::collect() {
  std::vector<std::pair<CURL*, CURLcode>> ended;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) {
      ended.emplace_back(message->easy_handle, message->data.result);
    }
  }
  for (const auto& [easy, code] : ended) {
    const auto found = transfers_.find(easy);
    if (found != transfers_.end()) finish(std::shared_ptr(found->second), code);
  }
}

void Http::finish(const std::shared_ptr<Transfer>& transfer, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(transfer->easy_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(transfer->easy_, CURLINFO_OS_ERRNO, &transfer->system_error);
  transfer->status = static_cast<int>(status);
  transfer->failure = code;
  if (code != CURLE_OK) {
    transfer->failure_text =
        transfer->error_[0] != '\0' ? transfer->error_ : curl_easy_strerror(code);
  }
  // Removed from its multi handle, a connection of connect_only would be lost.
  if (code != CURLE_OK || !transfer->request_.connect_only) {
    curl_multi_remove_handle(multi_, transfer->easy_);
    transfers_.erase(transfer->easy_);
  }
  transfer->done.set();
}

}  // namespace consort::docker
