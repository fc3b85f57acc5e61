#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/api/backend.h"
#include "core/daemon/instances.h"
#include "core/record/bus.h"
#include "core/record/log_reader.h"

namespace consort::daemon {

namespace asio = boost::asio;

// The readers of events and logs that clients have open, so that those that follow can be told of
// new instances and of the end.
class Sources {
 public:
  Sources(asio::any_io_executor executor, record::Bus& bus, const Directories& directories);

  std::unique_ptr<api::EventSource> events_from_now();
  base::Result<std::unique_ptr<api::EventSource>> events(std::string_view since, bool follow);
  // `instances`: of the replicas that exist, of which `query` chooses; `replicas`: how
  // they stand.
  base::Result<std::unique_ptr<api::LogSource>> logs(
      const api::LogQuery& query, const InstancesOf& instances,
      const std::vector<model::ReplicaStatus>& replicas);

  // A new instance: those that follow its replica's log read it too.
  void begun(const model::ReplicaId& id, const std::string& instance);

  // A replica has changed, or is gone: those that follow until all have ended may end.
  void changed(const model::Event& event);

  // Ends the ones that follow where they stand, and waits until they are read to their end: some
  // client may be slow, so not longer than `patience`.
  asio::awaitable<void> finish(base::Duration patience);

 private:
  friend class BusEvents;
  friend class StoredLogs;
  class Following {
   public:
    explicit Following(Sources& sources) : sources_(sources) { sources_.following_.insert(this); }
    virtual ~Following() {
      sources_.following_.erase(this);
      if (sources_.following_.empty()) sources_.empty_.cancel();
    }
    virtual void begun(const model::ReplicaId& id, const record::LogDirectory& directory) = 0;
    virtual void changed(const model::Event& event) = 0;
    virtual void end() = 0;

   private:
    Sources& sources_;
  };

  asio::any_io_executor executor_;
  record::Bus& bus_;
  const Directories& directories_;
  std::set<Following*> following_;
  asio::steady_timer empty_;  // never expires; cancelled when nothing follows any more
};

}  // namespace consort::daemon
