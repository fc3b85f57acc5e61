#pragma once

#include <cstdint>
#include <string>

namespace consort::docker {

// The process of this machine that has the port, as "postgres (pid 812)"; "" where that cannot be
// seen.
std::string port_holder(std::uint16_t port, bool udp);

}  // namespace consort::docker
