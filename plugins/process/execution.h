#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <consort/host.hpp>
#include <consort/operation.hpp>

#include "plugins/process/shims.h"

namespace consort::process {

// A command run inside an instance, under a shim of its own. The plugin's thread only.
class Execution final : public ShimObserver {
 public:
  // `finished` is called last, when nothing of it runs; it may destroy this.
  Execution(Reactor& reactor, Shims& shims, std::string id, Operation op,
            std::function<void()> finished)
      : reactor_(reactor),
        shims_(shims),
        id_(std::move(id)),
        op_(std::move(op)),
        finished_(std::move(finished)) {}
  ~Execution() override;

  void start(const std::string& directory, std::vector<Fd> descriptors,
             std::chrono::milliseconds timeout);
  void resize(std::uint16_t rows, std::uint16_t columns);
  void cancel();  // kills its tree

  void ended(const Exit& exit) override;
  void gone() override;

 private:
  Reactor& reactor_;
  Shims& shims_;
  std::string id_;
  Operation op_;
  std::function<void()> finished_;
  std::uint64_t timer_ = 0;
  bool overdue_ = false;
  bool cancelled_ = false;
  int code_ = 255;
};

}  // namespace consort::process
