#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/docker/container_body.h"
#include "plugins/docker/engine.h"

namespace consort::docker {

// The networks of one project: there, made, made anew when the file has changed, removed.
class Networks {
 public:
  // The instance that a container of the engine's list stands for.
  using InstanceOf = std::function<std::string(const json::value& listed)>;

  // What one prepare finds of the networks that it needs.
  struct Survey {
    const json::value& model;  // of prepare()
    struct Differing {
      std::string id;     // of what is there
      json::object body;  // of what is to be there
    };
    std::map<std::string, Differing> differing{};  // by key: from the file, and may be made anew
  };

  Networks(Host host, Engine& engine, std::string project, InstanceOf instance_of);

  // The keys of a service's networks.
  static std::vector<std::string> keys_of(const json::value& service);

  // Sees that it is there; the survey keeps what differs. Where the model's option "look" is set,
  // nothing is made. Throws Error: "cannot make network NAME: cause".
  Async<void> provide(Survey& survey, std::string key);
  // Those that differ are to be made anew, if what is on them are services of this `up` alone and
  // what runs is replaced; else it is told. {"instance", "outdated"} of what runs on the first.
  Async<json::array> judge(const Survey& survey);
  // Before a start: makes those of the service anew that are to be, when what is being replaced has
  // left them. Throws Error.
  Async<void> renew(json::value service);
  // One of the engine's list. What somebody else's container uses, running or not, and what Docker
  // Compose has made stay, which is told. Throws Error.
  Async<void> remove(json::value network);

 private:
  struct Renewal {
    Survey::Differing what;
    std::string place;                   // in the file, "" or "FILE:LINE:COLUMN: "
    std::chrono::milliseconds patience;  // for what is to leave it
    bool under_way = false;
    Event done;
    std::optional<Error> failed;
  };
  using RenewalPtr = std::shared_ptr<Renewal>;

  Async<void> make(json::object body);
  Async<void> renew_one(RenewalPtr renewal);
  std::string stranger(const json::value& model, const json::value& user) const;
  // "" when it is gone, else who keeps it.
  Async<std::string> remove_when_left(std::string id, std::string name,
                                      std::chrono::milliseconds patience);
  Async<std::string> other_user_of(std::string network);
  Async<std::string> stopped_user_of(std::string id, std::string name);
  bool is_ours(const json::value& its) const;  // by a container's labels

  Host host_;
  Engine& engine_;
  const std::string project_;
  const InstanceOf instance_of_;
  std::map<std::string, RenewalPtr> renewals_;  // by key
};

}  // namespace consort::docker
