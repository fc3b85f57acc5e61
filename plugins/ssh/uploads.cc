#include "plugins/ssh/uploads.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "plugins/ssh/digest.h"

namespace consort::ssh {
namespace {

constexpr std::size_t piece = 1 << 20;

}  // namespace

UploadFile read_upload(const std::string& path) {
  const auto refuse = [&](const char* why) {
    throw Error(CONSORT_E_INVALID, "cannot upload " + path + ": " + why);
  };
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) refuse(std::strerror(errno));
  if (!S_ISREG(info.st_mode)) refuse("it is no file");
  if (::access(path.c_str(), X_OK) != 0) refuse("it is not executable");
  std::ifstream file(path, std::ios::binary);
  UploadFile read;
  read.bytes.assign(std::istreambuf_iterator<char>(file), {});
  if (!file) refuse("it cannot be read");
  read.sha256 = hex(sha256(read.bytes));
  read.name = path.substr(path.rfind('/') + 1);
  return read;
}

Async<std::string> upload(std::shared_ptr<Relay> relay, std::string folder,
                          std::shared_ptr<const UploadFile> file) {
  const std::string path = folder + "/bin/" + file->sha256 + "/" + file->name;
  const std::string size = std::to_string(file->bytes.size());
  std::vector<std::string> whole{path, size};
  const Relay::Reply there = co_await relay->ask("have", whole);
  if (there.ok()) co_return path;
  const std::string what = "upload " + file->name;
  for (std::size_t at = 0; at < file->bytes.size(); at += piece) {
    std::vector<std::string> part{path, std::to_string(at), file->bytes.substr(at, piece)};
    co_await relay->demand(what, "put", std::move(part));
  }
  co_await relay->demand(what, "commit", std::move(whole));
  co_return path;
}

}  // namespace consort::ssh
