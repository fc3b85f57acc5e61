#include "plugins/process/executable.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace consort::process {
namespace {

constexpr std::string_view missing = "there is no such file";
constexpr int missing_code = 127, refused_code = 126;

// "" if the file can be executed, else why not.
std::string obstacle(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? std::string(missing) : std::strerror(errno);
  }
  if (S_ISDIR(info.st_mode)) return "it is a directory";
  if ((info.st_mode & 0111) == 0) return "it is not executable (chmod +x)";
  if (::access(path.c_str(), X_OK) != 0) return std::strerror(errno);
  return "";
}

std::string under(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.ends_with('/')) path += '/';
  return path += name.starts_with("./") ? name.substr(2) : name;
}

}  // namespace

Executable locate_executable(std::string_view name, std::string_view directory,
                             std::string_view path) {
  if (name.empty()) return {"", "cannot run \"\": the name of the program is empty", missing_code};
  if (name.find('/') != std::string_view::npos) {
    const std::string file = name.starts_with('/') ? std::string(name) : under(directory, name);
    if (const std::string why = obstacle(file); !why.empty()) {
      return {"", "cannot run " + file + ": " + why, why == missing ? missing_code : refused_code};
    }
    return {file, "", 0};
  }
  std::string refused;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    const std::string_view entry = path.substr(start, end - start);
    const std::string file = under(entry.empty() ? directory : entry, name);
    const std::string why = obstacle(file);
    if (why.empty()) return {file, "", 0};
    if (refused.empty() && why != missing && why != "it is a directory") {
      refused = file + ": " + why;
    }
    start = end + 1;
  }
  if (!refused.empty()) return {"", "cannot run " + refused, refused_code};
  return {
      "",
      "cannot run " + std::string(name) + ": no such program in PATH (" + std::string(path) + ")",
      missing_code};
}

}  // namespace consort::process
