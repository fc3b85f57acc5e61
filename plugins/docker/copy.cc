#include "plugins/docker/copy.h"

#include <unistd.h>

#include <cerrno>

#include "plugins/docker/credentials.h"
#include "plugins/docker/nonblocking.h"

namespace consort::docker {
namespace {

// Of Go's os.FileMode, which the engine answers with.
constexpr std::uint64_t mode_directory = 1ull << 31, mode_link = 1ull << 27;
constexpr std::uint64_t mode_others =
    1ull << 26 | 1ull << 25 | 1ull << 24 | 1ull << 21;  // devices, pipes, sockets

std::string archive_path(const std::string& container, const std::string& path) {
  return "/containers/" + container + "/archive?path=" + url_encode(path);
}

// What the container's processes see there is none of its files.
bool is_mounted_by_the_engine(const std::string& path) {
  return path.starts_with("/dev/") || path.starts_with("/proc/") || path.starts_with("/sys/");
}

// Ends a transfer, also when the coroutine that waits for it is destroyed.
struct Cancel {
  Engine& engine;
  std::shared_ptr<Transfer> transfer;
  ~Cancel() { engine.http().cancel(transfer); }
};

void expect_done(Engine& engine, const Transfer& transfer, const std::string& path) {
  if (transfer.failure != CURLE_OK) throw engine.no_answer(transfer);
  expect(reply_of(transfer), "cannot copy " + path);
}

// What the engine sends and the pipe has no room for yet. The transfer is held meanwhile.
class PipeWriter {
 public:
  PipeWriter(Reactor& reactor, Fd fd) : reactor_(reactor), fd_(std::move(fd)), empty_(reactor) {
    make_nonblocking(fd_);
  }
  PipeWriter(const PipeWriter&) = delete;
  PipeWriter& operator=(const PipeWriter&) = delete;
  ~PipeWriter() {
    if (watching_) reactor_.unwatch(fd_.get());
  }

  void of(std::shared_ptr<Transfer> transfer) { transfer_ = std::move(transfer); }
  bool put(std::string_view bytes) {
    if (!waiting_.empty()) return false;
    waiting_ = bytes;
    flush();
    return true;
  }
  bool broken() const { return broken_; }
  bool empty() const { return waiting_.empty(); }
  // Set when what waited at the end is written.
  const Event& drained() {
    ending_ = true;
    return empty_;
  }

 private:
  void flush() {
    while (!waiting_.empty()) {
      const ssize_t written = ::write(fd_.get(), waiting_.data(), waiting_.size());
      if (written > 0) {
        waiting_.erase(0, static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        if (!watching_) {
          reactor_.watch(fd_.get(), CONSORT_WRITABLE, [this](std::uint32_t) { ready(); });
        }
        watching_ = true;
        return;
      } else if (errno != EINTR) {
        broken_ = true;
        waiting_.clear();
      }
    }
    if (watching_) reactor_.unwatch(fd_.get());
    watching_ = false;
  }
  void ready() {
    flush();
    if (watching_) return;
    if (ending_) return empty_.set();
    transfer_->resume();
  }

  Reactor& reactor_;
  Fd fd_;
  std::shared_ptr<Transfer> transfer_;
  std::string waiting_;
  bool watching_ = false, broken_ = false, ending_ = false;
  Event empty_;
};

// Gives the engine what a pipe holds; the transfer is held while it is empty.
class PipeReader {
 public:
  PipeReader(Reactor& reactor, Fd fd) : reactor_(reactor), fd_(std::move(fd)) {
    make_nonblocking(fd_);
  }
  PipeReader(const PipeReader&) = delete;
  PipeReader& operator=(const PipeReader&) = delete;
  ~PipeReader() {
    if (watching_) reactor_.unwatch(fd_.get());
  }

  void of(std::shared_ptr<Transfer> transfer) { transfer_ = std::move(transfer); }
  std::size_t take(char* buffer, std::size_t size) {
    for (;;) {
      const ssize_t length = ::read(fd_.get(), buffer, size);
      if (length >= 0) return static_cast<std::size_t>(length);
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return CURL_READFUNC_ABORT;
      watching_ = true;
      reactor_.watch(fd_.get(), CONSORT_READABLE, [this](std::uint32_t) {
        reactor_.unwatch(fd_.get());
        watching_ = false;
        transfer_->resume();
      });
      return CURL_READFUNC_PAUSE;
    }
  }

 private:
  Reactor& reactor_;
  Fd fd_;
  std::shared_ptr<Transfer> transfer_;
  bool watching_ = false;
};

}  // namespace

Async<json::object> look_at(Engine& engine, std::string container, std::string path) {
  Request request;
  request.method = "HEAD";
  request.path = archive_path(container, path);
  const auto transfer = co_await engine.open(std::move(request));
  const Cancel cancel{engine, transfer};
  co_await transfer->done.wait();
  if (transfer->failure != CURLE_OK) throw engine.no_answer(*transfer);
  if (transfer->status == 404 && is_mounted_by_the_engine(path)) {
    throw Error(CONSORT_E_INVALID, "cannot copy " + path +
                                       ": the engine copies nothing of /dev, /proc and /sys; "
                                       "`consort exec` reads and writes there");
  }
  if (transfer->status == 404) throw Error(CONSORT_E_NOT_FOUND, "there is no " + path);
  expect(reply_of(*transfer), "cannot look at " + path);
  boost::system::error_code failed;
  const json::value stat = json::parse(base64_decode(transfer->path_stat), failed);
  if (failed) throw Error(CONSORT_E_FAILED, "cannot look at " + path + ": the answer is not JSON");
  const auto mode = static_cast<std::uint64_t>(integer_at(stat, "mode"));
  const char* type = (mode & mode_directory) != 0 ? "directory"
                     : (mode & mode_link) != 0    ? "link"
                     : (mode & mode_others) != 0  ? "other"
                                                  : "file";
  json::object found{{"name", text_at(stat, "name")}, {"type", type}};
  if (auto target = text_at(stat, "linkTarget"); !target.empty()) found["target"] = target;
  co_return found;
}

Async<void> read_archive(Engine& engine, std::string container, std::string path, Fd to) {
  const auto pipe = std::make_shared<PipeWriter>(engine.reactor(), std::move(to));
  Request request;
  request.path = archive_path(container, path);
  request.stream = [pipe](std::string_view bytes) { return pipe->put(bytes); };
  const auto transfer = co_await engine.open(std::move(request));
  const Cancel cancel{engine, transfer};
  pipe->of(transfer);
  co_await transfer->done.wait();
  if (!pipe->broken()) expect_done(engine, *transfer, path);
  if (!pipe->empty()) co_await pipe->drained().wait();
  pipe->of(nullptr);
  if (pipe->broken()) throw Error(CONSORT_E_FAILED, "cannot copy " + path + ": nobody reads it");
}

Async<void> write_archive(Engine& engine, std::string container, std::string path, Fd from) {
  const auto pipe = std::make_shared<PipeReader>(engine.reactor(), std::move(from));
  Request request;
  request.method = "PUT";
  request.path = archive_path(container, path);
  request.content_type = "application/x-tar";
  request.upload = [pipe](char* buffer, std::size_t size) { return pipe->take(buffer, size); };
  const auto transfer = co_await engine.open(std::move(request));
  const Cancel cancel{engine, transfer};
  pipe->of(transfer);
  co_await transfer->done.wait();
  pipe->of(nullptr);
  expect_done(engine, *transfer, path);
}

}  // namespace consort::docker
