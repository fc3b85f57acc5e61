#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "core/base/file.h"
#include "core/record/directory_watch.h"

namespace consort::daemon {

// Keeps a supervisor reachable when its socket, or the directory that it is in, is removed (by who
// cleans up temporary files, by the end of a login): it listens anew. Waits for changes of the
// directories, polls nothing. On the executor's thread.
class SocketKeeper {
 public:
  // A new listening socket, in place of the one before.
  using Listen = std::function<void(base::Fd listener)>;
  using Log = std::function<void(std::string_view line)>;
  // Is the project still this supervisor's own? Where it is not, the socket is somebody else's.
  using Owns = std::function<bool()>;

  // `socket` is listened on now.
  SocketKeeper(boost::asio::any_io_executor executor, std::filesystem::path socket, Owns owns,
               Listen listen, Log log);

 private:
  void look();
  bool is_there() const;
  bool listen_again();
  void remember();
  void watch_directories();

  std::filesystem::path socket_;
  Owns owns_;
  Listen listen_;
  Log log_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool told_ = false;  // of the present failure
  std::unique_ptr<record::DirectoryWatch> watch_;
};

}  // namespace consort::daemon
