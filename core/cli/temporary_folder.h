#pragma once

#include <filesystem>
#include <utility>

#include "core/base/result.h"

namespace consort::cli {

// A private folder that lasts as long as this does, for runtimes that a command loads itself.
class TemporaryFolder {
 public:
  static base::Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace consort::cli
