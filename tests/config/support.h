#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/config/loader.h"

namespace consort::config::test {

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

// A project in a folder of its own, with runtimes process and container installed.
struct Stack {
  Stack();
  explicit Stack(std::string_view text);  // of consort.yaml

  // The outcomes; each checks that it is this one.
  Loaded load() const;
  std::string errors() const;
  std::string warnings() const;
  model::Service service(const std::string& name) const;

  Folder folder;
  LoadOptions options;
};

// The JSON of one member of a service's spec; "-" where it is not there.
std::string spec(const model::Service& service, std::string_view key);

// "a|b|c"
std::string joined(const std::vector<std::string>& words);

}  // namespace consort::config::test
