#pragma once

#include <sys/types.h>
#include <sys/un.h>

#include <filesystem>

#include "core/base/file.h"

namespace consort::api {

// A listening Unix stream socket at `path` (RUNTIME/PROJECT/api.sock) that only this user and root
// can reach: both directories are made, or found to be, private first, and it gets its name only
// once its mode is 0600 and it listens. Replaces what an earlier supervisor left there: call it
// with the project's lock held.
base::Result<base::Fd> listen_privately(const std::filesystem::path& path);

// An error unless both directories of the socket `path` are private
// (core/base/private_directory.h): who may change one of them could put a socket of his own there.
// Missing ones are none.
base::Result<void> check_directories_of(const std::filesystem::path& path);

// The address of `path`; an error where it is too long for a socket.
base::Result<sockaddr_un> socket_address(const std::filesystem::path& path);

struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
};
// Who is at the other end (SO_PEERCRED: as of its connect, or its listen).
base::Result<Peer> peer_of(int socket);

// Only the owner of this process and root may use the API, and only they may serve it.
bool may_use(const Peer& peer);

}  // namespace consort::api
