#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "core/base/result.h"

namespace consort::record {

// Tells of changes in directories (files made, written, moved, removed; the directory removed): one
// inotify for all of them, no polling. Changes may be told more than once, and when too many happen
// at once every directory is told. On the executor's thread.
class DirectoryWatch {
 public:
  using Changed = std::function<void(int watch)>;

  static base::Result<std::unique_ptr<DirectoryWatch>> open(boost::asio::any_io_executor executor,
                                                            Changed changed);
  ~DirectoryWatch();

  // Watches `path`. Returns its number, which is the same for the same directory; not_found if
  // there is none.
  base::Result<int> add(const std::filesystem::path& path);
  void remove(int watch);

  static constexpr int every = -1;  // given to Changed when changes were lost

 private:
  struct Impl;
  explicit DirectoryWatch(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace consort::record
