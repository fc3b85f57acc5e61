#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace consort::base {

// Owns a file descriptor; closes it at the end. Move only.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// What may stand at a path that is read. A pipe or a device can keep its reader waiting for ever:
// only a person who named it on the command line may wait for it.
enum class Readable {
  files,    // regular files, and /dev/null
  streams,  // pipes, terminals and devices too
};

// The whole file. Errors name the path and the system's reason ("cannot read PATH: ...").
// `limit` bytes at most; a larger file is an error.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = 64u << 20,
                              Readable readable = Readable::files);

// The rest of an open stream; `name` is for errors.
Result<std::string> read_stream(int fd, const std::filesystem::path& name, std::size_t limit);

// Replaces `path` atomically: a reader sees the old content or the new, never a part. Created with
// `mode`. With `durable` the content and the directory entry are synced to disk first.
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content,
                               int mode = 0600, bool durable = false);

// Makes `path` and its missing parents as 0700. An existing directory must belong to this user (or
// to root) and must not be a symbolic link or writable by others; else an error that names it.
Result<void> ensure_private_directory(const std::filesystem::path& path);

// Writes all of `data`, repeating short writes and EINTR.
Result<void> write_all(int fd, std::string_view data);

// "cannot <what> <path>: <strerror(err)>", of kind denied, not_found or failed after `err`.
Error system_error(std::string_view what, const std::filesystem::path& path, int err);

}  // namespace consort::base
