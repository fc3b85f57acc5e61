#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace consort::cli {

// Finds the keys that end an attach in what a person types.
class DetachKeys {
 public:
  // As Docker writes them: "ctrl-p,ctrl-q", each a character or ctrl- with a letter or one of
  // @[\]^_. The error is the cause alone.
  static base::Result<DetachKeys> parse(std::string_view text);

  // What of `bytes` is for the service: the beginning of the keys is held back until it is known
  // to be no more than that, and all behind them is dropped.
  std::string pass(std::string_view bytes);
  // All of them have been typed, one after the other.
  bool pressed() const { return held_ == keys_; }

 private:
  explicit DetachKeys(std::string keys) : keys_(std::move(keys)) {}
  std::string keys_;
  std::string held_;
};

}  // namespace consort::cli
