#include "core/api/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/base/private_directory.h"

namespace consort::api {

using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;
using base::system_error;

namespace {

Error with_advice(const Error& error) {
  if (error.kind() != ErrorKind::denied) return error;
  return Error(error.kind(), error.message() +
                                 "; remove it, or set XDG_RUNTIME_DIR to a directory that is "
                                 "yours alone");
}

}  // namespace

Result<void> check_directories_of(const std::filesystem::path& path) {
  const auto project = path.parent_path();
  // The outer one first: whoever may change that one may exchange the inner one at any time.
  for (const auto& directory : {project.parent_path(), project}) {
    const auto checked = base::check_private_directory(directory);
    if (checked) continue;
    if (checked.error().kind() == ErrorKind::not_found) return {};
    return with_advice(checked.error());
  }
  return {};
}

Result<sockaddr_un> socket_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.size() >= sizeof address.sun_path) {
    return Error(ErrorKind::invalid,
                 "cannot use socket " + text + ": its path is " + std::to_string(text.size()) +
                     " bytes long and at most " + std::to_string(sizeof address.sun_path - 1) +
                     " are possible (set XDG_RUNTIME_DIR to a shorter path, or shorten the "
                     "project's name)");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

Result<Fd> listen_privately(const std::filesystem::path& path) {
  const auto project = path.parent_path();
  for (const auto& directory : {project.parent_path(), project}) {
    const auto made = base::ensure_private_directory(directory);
    if (!made) return with_advice(made.error());
  }
  std::string temporary = path.native();
  temporary.back() = '~';  // of the same length, so that it fits where the path does
  const auto address = socket_address(temporary);
  if (!address) {
    const auto wanted = socket_address(path);
    return wanted ? address.error() : wanted.error();
  }
  Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return system_error("create socket", path, errno);
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) {
    return system_error("remove stale socket", temporary, errno);
  }
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
  if (::bind(listener.get(), generic, sizeof *address) != 0) {
    return system_error("create socket", temporary, errno);
  }
  if (::chmod(temporary.c_str(), 0600) != 0 || ::listen(listener.get(), SOMAXCONN) != 0 ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int cause = errno;
    ::unlink(temporary.c_str());
    return system_error("listen on socket", path, cause);
  }
  return listener;
}

Result<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return Error(std::string("cannot learn who connects: ") + std::strerror(errno));
  }
  return Peer{credentials.uid, credentials.pid};
}

bool may_use(const Peer& peer) { return peer.uid == 0 || peer.uid == ::geteuid(); }

}  // namespace consort::api
