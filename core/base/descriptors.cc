#include "core/base/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "core/base/file.h"

namespace consort::base {

std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t descriptors_left() {
  const Fd lowest(::open("/", O_PATH | O_CLOEXEC));
  if (!lowest) return 0;
  const std::size_t limit = descriptor_limit();
  const auto used = static_cast<std::size_t>(lowest.get());
  return used < limit ? limit - used : 0;
}

}  // namespace consort::base
