#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/ssh/known_hosts.h"
#include "plugins/ssh/ssh_config.h"

// known_hosts files as they are on the disk, and what is added to them.
namespace consort::ssh {

// One that is not there is empty. Throws Error (CONSORT_E_FAILED) if one cannot be read: it might
// revoke a key.
std::vector<KnownHostsFile> read_known_hosts(std::span<const std::string> paths);

// Appends a line, in one write, after a newline where the last line has none. Makes the file
// (0600) and its folder (0700) where there are none. Throws Error (CONSORT_E_FAILED).
void append_known_host(const std::string& path, std::string_view line);

// The answer of consort.trust/1 on the key that a target showed: judges it, and with a fingerprint
// records it if it has that one and is unknown. Throws Error: CONSORT_E_DENIED with the reason if
// it has another fingerprint, or is changed or revoked.
std::string trust_host(const Target& target, std::string_view key, std::string_view fingerprint);

}  // namespace consort::ssh
