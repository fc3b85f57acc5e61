#pragma once

#include <consort/host.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "plugins/ssh/async.h"

namespace consort::ssh {

// Questions to the person, asked by the command that waits (consort.prompt/1). Any thread.
class Prompts {
 public:
  explicit Prompts(Host host) : host_(host) {}

  // A secret; none if nobody can be asked or the person would not say. Resumes on `executor`.
  Async<std::optional<std::string>> secret(asio::any_io_executor executor, std::string message);
  void answered(std::uint64_t prompt, bool given, std::string text);

 private:
  struct Waiting {
    explicit Waiting(asio::any_io_executor e) : executor(e), told(e) {}
    asio::any_io_executor executor;
    bool done = false;
    std::optional<std::string> text;
    Signal told;
  };

  Host host_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Waiting>> waiting_;
};

}  // namespace consort::ssh
