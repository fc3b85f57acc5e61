#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace consort::runtime::test {

// A folder of one test, 0700, below a root-owned sticky one; removed at the end.
class TempDir {
 public:
  TempDir() {
    std::string name = "/tmp/consort-runtime-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::permissions(path, std::filesystem::perms(0644));
}

inline void make_folder(const std::filesystem::path& path, mode_t mode = 0755) {
  std::filesystem::create_directories(path);
  ::chmod(path.c_str(), mode);
}

// The plugins that tests/abi builds, copied, so that the build folder's owner and mode do not
// count.
inline std::filesystem::path install(std::string_view library, const std::filesystem::path& folder,
                                     std::string_view as = "") {
  const std::filesystem::path from = std::filesystem::path(CONSORT_TEST_PLUGINS) / library;
  const std::filesystem::path to =
      folder / (as.empty() ? from.filename().string() : std::string(as));
  std::filesystem::remove(to);  // never written over: it may be loaded
  std::filesystem::copy_file(from, to);
  std::filesystem::permissions(to, std::filesystem::perms(0755));
  return to;
}
inline void install_runtime(std::string_view name, const std::filesystem::path& folder) {
  install("libconsort-" + std::string(name) + ".so", folder);
  const auto manifest = install(std::string(name) + ".runtime.json", folder);
  std::filesystem::permissions(manifest, std::filesystem::perms(0644));
}

inline std::string manifest_text(
    std::string_view name, std::string_view library,
    std::string_view abi = R"({"major":1,"minor_needed":0,"minor_built":0})",
    std::string_view more = "") {
  return R"({"manifest": 1, "runtime": ")" + std::string(name) + R"(", "version": "1.0", "abi": )" +
         std::string(abi) + R"(, "library": ")" + std::string(library) + "\"" + std::string(more) +
         "}";
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace consort::runtime::test
