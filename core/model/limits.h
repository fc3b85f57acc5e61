#pragma once

#include <cstdint>

namespace consort::model {

// A mistyped number must not cost the machine its memory before anything has started.
inline constexpr std::uint32_t most_replicas = 10'000;  // of one service

}  // namespace consort::model
