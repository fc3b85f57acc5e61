#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace consort::docker {

struct TakenPort {
  std::uint16_t number = 0;
  bool udp = false;
};

// The port that an engine's message calls taken, in the words of Docker Engine 20.10 to 28; nothing
// if the message is about something else.
std::optional<TakenPort> taken_port(const std::string& message);

// Without the endpoint, which only the engine knows.
std::string without_endpoint(const std::string& message);

}  // namespace consort::docker
