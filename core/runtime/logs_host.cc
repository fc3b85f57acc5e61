#include "core/runtime/logs_host.h"

namespace consort::runtime {

template <class Write>
consort_status LogsHost::store(const std::string& instance, std::size_t& stored, Write write) {
  stored = 0;
  if (!open_) return CONSORT_E_FAILED;
  LineStore::Stored outcome = write(0, stored);
  if (outcome == LineStore::Stored::full) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.insert(instance);
    }
    // Once more, now that we wait: room made before we did is not announced again.
    std::size_t more = 0;
    outcome = write(stored, more);
    stored += more;
    if (outcome == LineStore::Stored::full) return CONSORT_E_RETRY;
    room(instance);
  }
  return outcome == LineStore::Stored::yes ? CONSORT_OK : CONSORT_E_FAILED;
}

consort_status LogsHost::write(const std::string& instance, std::span<const Line> lines,
                               std::size_t& stored) {
  return store(instance, stored, [&](std::size_t done, std::size_t& count) {
    return store_.write(instance, lines.subspan(done), count);
  });
}

consort_status LogsHost::write_records(const std::string& instance, const Records& records,
                                       std::size_t& stored) {
  return store(instance, stored, [&](std::size_t done, std::size_t& count) {
    return store_.write_records(instance, records.behind(done), count);
  });
}

bool LogsHost::room(const std::string& instance) {
  const std::lock_guard lock(mutex_);
  return waiting_.erase(instance) != 0;
}

}  // namespace consort::runtime
