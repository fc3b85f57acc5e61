#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/model/event.h"
#include "core/runtime/driver.h"

namespace consort::daemon {

// The questions of runtimes, and the commands that can ask a person. On the core's thread.
class Prompts {
 public:
  // `tell`: an event of type "prompt" goes out to the commands. `reply`: the answer goes back.
  using Tell = std::function<void(model::Event)>;
  using Reply = std::function<void(const std::string& runtime, std::uint64_t question,
                                   runtime::Answer answer)>;
  Prompts(Tell tell, Reply reply);

  // Told to every command that is there; answered with `nobody` at once where none is.
  void ask(const std::string& runtime, const runtime::Question& question,
           const std::optional<model::ReplicaId>& replica);
  void withdraw(const std::string& runtime, std::uint64_t question);

  // A command can ask from now on, until the token is gone; it is told what is open already, so one
  // number may come to it twice. With the last command go the open questions, to nobody.
  std::shared_ptr<void> join();

  // What the person said, to the prompt of an event. `not_found` if it is not open any more.
  base::Result<void> answer(std::uint64_t prompt, runtime::Answer answer);

 private:
  struct Open {
    std::string runtime;
    std::uint64_t question = 0;
    model::Event event;
  };
  void leave();

  Tell tell_;
  Reply reply_;
  std::map<std::uint64_t, Open> open_;  // by the prompt's number
  std::uint64_t next_ = 1;
  std::size_t commands_ = 0;
  std::shared_ptr<Prompts*> self_;  // tokens may outlive this
};

}  // namespace consort::daemon
