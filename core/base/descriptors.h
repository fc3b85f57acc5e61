#pragma once

#include <cstddef>

namespace consort::base {

// How many descriptors this process can still open, as its soft limit and the lowest free number
// tell: exact where they are used from the bottom up, as the kernel does. 0: none.
std::size_t descriptors_left();

// The soft limit (RLIMIT_NOFILE).
std::size_t descriptor_limit();

}  // namespace consort::base
