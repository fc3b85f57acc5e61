#pragma once

#include <memory>
#include <string>

#include "plugins/docker/output_pump.h"

namespace consort::docker {

// What a container writes, as it comes, for one reader.
class OutputView {
 public:
  OutputView(Engine& engine, bool tty, Fd out, Fd err)
      : stream_(engine), pump_(engine, stream_, tty, std::move(out), std::move(err), true) {}

  // Throws Error.
  Async<void> open(const std::string& container);
  // Up to the end of the output, or until the reader has gone.
  static Async<void> run(std::shared_ptr<OutputView> view);

 private:
  Hijack stream_;
  OutputPump pump_;
};

}  // namespace consort::docker
