#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <consort/values.hpp>

#include "plugins/ssh/config_line.h"
#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {
namespace {

constexpr int deepest_include = 16;  // as in OpenSSH

[[noreturn]] void refuse(const std::string& place, const std::string& message) {
  throw Error(CONSORT_E_INVALID, place + ": " + message);
}

class Reader {
 public:
  Reader(SshConfig& config, std::string folder, const Local& local, const ConfigFiles& files)
      : config_(config), folder_(std::move(folder)), local_(local), files_(files) {}

  void read(const std::string& path, const std::vector<SshConfig::Block>& outer, int depth) {
    const auto text = files_.read(path);
    if (!text) return;
    auto blocks = outer;
    std::size_t number = 0;
    for (std::string_view rest = *text; !rest.empty();) {
      const auto end = rest.find('\n');
      const auto line = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      take(line, path + ":" + std::to_string(++number), outer, blocks, depth);
    }
  }

 private:
  void take(std::string_view text, const std::string& place,
            const std::vector<SshConfig::Block>& outer, std::vector<SshConfig::Block>& blocks,
            int depth) {
    std::vector<std::string> words;
    try {
      words = split_config_line(text);
    } catch (const std::invalid_argument& e) {
      refuse(place, std::string("cannot read this line: ") + e.what());
    }
    if (words.empty()) return;
    const std::string keyword = words[0];
    words.erase(words.begin());
    if (keyword == "host" || keyword == "match") {
      if (words.empty()) refuse(place, "cannot read this line: " + keyword + " needs a pattern");
      blocks = outer;
      blocks.push_back({.match = keyword == "match", .patterns = words, .place = place});
    } else if (keyword == "include") {
      if (words.empty()) refuse(place, "cannot read this line: Include needs a file");
      for (const auto& pattern : words) include(pattern, place, blocks, depth);
    } else {
      config_.lines.push_back(
          {.keyword = keyword, .values = words, .place = place, .blocks = blocks});
    }
  }

  void include(const std::string& pattern, const std::string& place,
               const std::vector<SshConfig::Block>& blocks, int depth) {
    if (depth >= deepest_include) {
      refuse(place, "cannot include " + pattern + ": files include each other more than " +
                        std::to_string(deepest_include) + " deep");
    }
    std::string path = pattern;
    if (path.starts_with("~/")) {
      if (local_.home.empty()) refuse(place, "cannot include " + pattern + ": HOME is not set");
      path.replace(0, 1, local_.home);
    } else if (!path.starts_with('/')) {
      path = folder_ + "/" + path;
    }
    for (const auto& file : files_.glob(path)) read(file, blocks, depth + 1);
  }

  SshConfig& config_;
  std::string folder_;
  const Local& local_;
  const ConfigFiles& files_;
};

std::optional<std::string> read_file(const std::string& path) {
  const auto fail = [&](const std::string& why) {
    throw Error(CONSORT_E_INVALID, "cannot read " + path + ": " + why);
  };
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail(std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail("it is not a file");
  // As ssh does: who may write here decides where a person's keys are used.
  if (status.st_uid != 0 && status.st_uid != ::getuid()) fail("it belongs to somebody else");
  if ((status.st_mode & 022) != 0) fail("others may write it; run `chmod go-w " + path + "`");
  std::string text;
  char buffer[16384];
  for (;;) {
    const auto count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(std::strerror(errno));
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

std::vector<std::string> glob_files(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

}  // namespace

ConfigFiles real_files() { return {.read = read_file, .glob = glob_files}; }

void add_config(SshConfig& config, const std::string& path, const std::string& folder,
                const Local& local, const ConfigFiles& files) {
  Reader(config, folder, local, files).read(path, {}, 0);
}

SshConfig read_config(const Local& local, const ConfigFiles& files) {
  SshConfig config;
  if (!local.home.empty()) {
    add_config(config, local.home + "/.ssh/config", local.home + "/.ssh", local, files);
  }
  add_config(config, "/etc/ssh/ssh_config", "/etc/ssh", local, files);
  return config;
}

}  // namespace consort::ssh
