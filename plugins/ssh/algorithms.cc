#include "plugins/ssh/algorithms.h"

#include <algorithm>

namespace consort::ssh {
namespace {

using Names = std::span<const std::string_view>;

// Left out on purpose: SHA-1 and MD5 in every role, group1, group14-sha1, DSA, CBC, RC4, 3DES.
constexpr std::string_view key_exchanges[] = {
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
};
constexpr std::string_view host_keys[] = {
    "ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256",
};
constexpr std::string_view ciphers[] = {
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
};
constexpr std::string_view macs[] = {
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
};

Names names_of(Method method) {
  switch (method) {
    case Method::key_exchange:
      return key_exchanges;
    case Method::host_key:
      return host_keys;
    case Method::cipher:
      return ciphers;
    case Method::mac:
      break;
  }
  return macs;
}

// The type of the keys that an algorithm of host keys is for.
std::string_view type_of(std::string_view algorithm) {
  return algorithm.starts_with("rsa-sha2-") ? "ssh-rsa" : algorithm;
}

bool has(std::span<const std::string> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string preferred_algorithms(Method method, std::span<const std::string> supported,
                                 std::span<const std::string> known_types) {
  std::vector<std::string_view> chosen;
  for (const auto name : names_of(method)) {
    if (has(supported, name)) chosen.push_back(name);
  }
  if (method == Method::host_key) {
    std::stable_partition(chosen.begin(), chosen.end(),
                          [&](std::string_view name) { return has(known_types, type_of(name)); });
  }
  std::string list;
  for (const auto name : chosen) {
    if (!list.empty()) list += ',';
    list += name;
  }
  return list;
}

bool has_rsa_sha2(std::span<const std::string> supported_host_keys) {
  return has(supported_host_keys, "rsa-sha2-512");
}

}  // namespace consort::ssh
