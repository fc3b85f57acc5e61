#include "core/runtime/logs_host.h"

namespace consort::runtime {

consort_status LogsHost::write(const std::string& instance, const Line& line) {
  if (!open_) return CONSORT_E_FAILED;
  LineStore::Stored stored = store_.write(instance, line);
  if (stored == LineStore::Stored::full) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.insert(instance);
    }
    // Once more, now that we wait: room made before we did is not announced again.
    stored = store_.write(instance, line);
    if (stored == LineStore::Stored::full) return CONSORT_E_RETRY;
    room(instance);
  }
  return stored == LineStore::Stored::yes ? CONSORT_OK : CONSORT_E_FAILED;
}

bool LogsHost::room(const std::string& instance) {
  const std::lock_guard lock(mutex_);
  return waiting_.erase(instance) != 0;
}

}  // namespace consort::runtime
