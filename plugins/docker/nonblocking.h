#pragma once

#include <fcntl.h>

#include <consort/values.hpp>

namespace consort::docker {

inline void make_nonblocking(const Fd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

}  // namespace consort::docker
