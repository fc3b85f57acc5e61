#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "plugins/docker/json_view.h"

// When an image is to be pulled or built: `pull_policy`, `build` and the options of `up`. Pure.
namespace consort::docker {

struct ImageWish {
  enum class When {
    missing,  // if it is not there
    always,   // pulled
    build,    // built
    never,
    aged,  // if it is not there, or has been for longer than `age`
  };
  When when = When::missing;
  std::chrono::seconds age{};

  // Whether one that is there may be wanted anew.
  bool renews() const { return when == When::always || when == When::build || when == When::aged; }
};

// Throws Error (CONSORT_E_INVALID) for an interval that is none.
ImageWish wish_of(const json::value& spec, const json::value& options);

// "daily", "weekly", "every_12h", "every_1w2d": with the units w, d, h, m and s. None for another
// policy, or one that is malformed.
std::optional<std::chrono::seconds> interval_of(std::string_view policy);

}  // namespace consort::docker
