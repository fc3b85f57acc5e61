#pragma once

#include <optional>
#include <string>
#include <string_view>

// The few primitives that trust needs, by libcrypto: the library that libssh2 stands on, so that
// nothing is added to the process. All bytes are strings.
namespace consort::ssh {

std::string sha256(std::string_view bytes);
std::string hex(std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);

std::string base64_encode(std::string_view bytes);
// None if the text is not base64 with its padding.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace consort::ssh
