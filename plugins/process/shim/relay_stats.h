#pragma once

#include "buffer.h"

namespace consort::shim {

// What the descendants of `root` use, as lines of `key value` (relay.h).
void add_usage(int root, Buffer& out);

}  // namespace consort::shim
