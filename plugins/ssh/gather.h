#pragma once

#include <consort/operation.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "plugins/ssh/hosts.h"

namespace consort::ssh {

// One answer of all hosts in use. `ask(place, all)` is a coroutine on each host's thread; what it
// added is merged by `merge(all, part)`; once the last one has answered `finish(op, all, problem)`
// completes the operation, with the problem of a host that could not be asked, or "".
template <class All, class Ask, class Merge, class Finish>
void gather(Hosts& hosts, Operation op, Ask ask, Merge merge, Finish finish) {
  struct Gathering {
    Operation op;
    std::mutex mutex;
    All all{};
    std::size_t open = 0;
    std::string problem;
  };
  const auto gathering = std::make_shared<Gathering>();
  gathering->op = std::move(op);
  gathering->open = hosts.size();
  if (gathering->open == 0) return finish(gathering->op, gathering->all, gathering->problem);
  hosts.each([&](HostThread& host) {
    host.spawn([gathering, ask, merge, finish](Place& place) -> Async<void> {
      All part{};
      std::string problem;
      try {
        co_await ask(place, part);
      } catch (const std::exception& e) {
        problem = e.what();
      }
      const std::lock_guard lock(gathering->mutex);
      merge(gathering->all, std::move(part));
      if (!problem.empty()) gathering->problem = problem;
      if (--gathering->open == 0) finish(gathering->op, gathering->all, gathering->problem);
    });
  });
}

}  // namespace consort::ssh
