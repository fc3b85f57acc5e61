#include "core/runtime/logs_host.h"

namespace consort::runtime {

consort_status LogsHost::write(const std::string& instance, std::span<const Line> lines,
                               std::size_t& stored) {
  stored = 0;
  if (!open_) return CONSORT_E_FAILED;
  LineStore::Stored outcome = store_.write(instance, lines, stored);
  if (outcome == LineStore::Stored::full) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.insert(instance);
    }
    // Once more, now that we wait: room made before we did is not announced again.
    std::size_t more = 0;
    outcome = store_.write(instance, lines.subspan(stored), more);
    stored += more;
    if (outcome == LineStore::Stored::full) return CONSORT_E_RETRY;
    room(instance);
  }
  return outcome == LineStore::Stored::yes ? CONSORT_OK : CONSORT_E_FAILED;
}

bool LogsHost::room(const std::string& instance) {
  const std::lock_guard lock(mutex_);
  return waiting_.erase(instance) != 0;
}

}  // namespace consort::runtime
