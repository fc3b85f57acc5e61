#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace consort::ssh {

enum class Method { key_exchange, host_key, cipher, mac };

// What to ask the server for, as libssh2_session_method_pref takes it: strong algorithms only, in
// the order that OpenSSH prefers, of those that the library has (libssh2_session_supported_algs).
// Of the methods host_key: those of `known_types` (known_key_types) first, so that a host shows a
// key that is known. "" if none is left.
std::string preferred_algorithms(Method method, std::span<const std::string> supported,
                                 std::span<const std::string> known_types = {});

// Whether the library signs with RSA keys and SHA-2 (libssh2 1.11); servers take no other RSA.
bool has_rsa_sha2(std::span<const std::string> supported_host_keys);

}  // namespace consort::ssh
