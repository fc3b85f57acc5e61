#pragma once

namespace consort::shim {

// The template: answers requests on fd 3 until its peer is gone and every request that was sent is
// under way. The exit status of the process. In a process that became a shim it does not return
// before that shim is done.
int serve();

}  // namespace consort::shim
