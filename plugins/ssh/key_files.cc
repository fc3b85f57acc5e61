#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <consort/values.hpp>

#include "plugins/ssh/identities.h"

namespace consort::ssh {
namespace {

constexpr std::size_t largest = 256 * 1024;  // an RSA key of 16384 bits has 13 KiB

struct Content {
  std::string text;
  std::string error;  // "" if it was read
  bool missing = false;
};

Content read_key(const std::string& path, bool secret) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    return {.text = "", .error = std::strerror(errno), .missing = errno == ENOENT};
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return {.text = "", .error = std::strerror(errno)};
  if (!S_ISREG(status.st_mode)) return {.text = "", .error = "it is not a file"};
  std::string text(largest, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto count = ::read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {.text = "", .error = std::strerror(errno)};
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  const bool is_private = text.find("PRIVATE KEY-----") != std::string::npos;
  if (secret && is_private && status.st_uid == ::getuid() && (status.st_mode & 077) != 0) {
    return {.text = "", .error = "others may read it; run `chmod 600 " + path + "`"};
  }
  return {.text = std::move(text), .error = ""};
}

}  // namespace

KeyFiles read_key_files(std::span<const std::string> paths, bool given) {
  KeyFiles found;
  for (const auto& path : paths) {
    const auto content = read_key(path, true);
    if (!content.error.empty()) {
      if (given || !content.missing) found.skipped.push_back(path + ": " + content.error);
      continue;
    }
    if (auto file = parse_key_file(path, content.text, read_key(path + ".pub", false).text)) {
      found.files.push_back(std::move(*file));
    } else {
      found.skipped.push_back(path + ": it is not a key");
    }
  }
  return found;
}

}  // namespace consort::ssh
