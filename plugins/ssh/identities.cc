#include "plugins/ssh/identities.h"

#include <algorithm>

#include "plugins/ssh/digest.h"
#include "plugins/ssh/known_hosts.h"

namespace consort::ssh {
namespace {

// "TYPE BASE64 [COMMENT]", as in PATH.pub; "" if it is none.
std::string parse_public(std::string_view text) {
  const auto first = text.find(' ');
  if (first == std::string_view::npos) return "";
  auto rest = text.substr(first + 1);
  rest = rest.substr(0, rest.find_first_of(" \t\r\n"));
  auto key = base64_decode(rest);
  return key && key_type(*key) == text.substr(0, first) ? std::move(*key) : "";
}

// What is between "-----BEGIN `label`-----" and its end, none if it is another file.
std::optional<std::string_view> armoured(std::string_view text, std::string_view label) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const auto from = text.find(begin);
  if (from == std::string_view::npos) return std::nullopt;
  const auto to = text.find("-----END ", from);
  if (to == std::string_view::npos) return std::nullopt;
  return text.substr(from + begin.size(), to - from - begin.size());
}

// A length and as many bytes, taken off the front.
std::optional<std::string_view> take_string(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (const char c : bytes.substr(0, 4)) length = length << 8 | static_cast<unsigned char>(c);
  if (length > bytes.size() - 4) return std::nullopt;
  const auto taken = bytes.substr(4, length);
  bytes.remove_prefix(4 + length);
  return taken;
}

// OpenSSH's PROTOCOL.key: the public half stands before what is encrypted.
bool parse_openssh(std::string_view body, KeyFile& file) {
  std::string text;
  for (const char c : body) {
    if (c != '\n' && c != '\r') text += c;
  }
  const auto bytes = base64_decode(text);
  constexpr std::string_view magic("openssh-key-v1\0", 15);
  if (!bytes || !bytes->starts_with(magic)) return false;
  std::string_view rest = std::string_view(*bytes).substr(magic.size());
  const auto cipher = take_string(rest);
  const auto kdf = take_string(rest);
  const auto options = take_string(rest);
  if (!cipher || !kdf || !options || rest.size() < 4) return false;
  rest.remove_prefix(4);  // the number of keys, always 1
  const auto key = take_string(rest);
  if (!key) return false;
  file.public_key = *key;
  file.encrypted = *cipher != "none";
  return true;
}

bool parse_private(std::string_view text, KeyFile& file) {
  if (const auto body = armoured(text, "OPENSSH PRIVATE KEY")) return parse_openssh(*body, file);
  if (armoured(text, "ENCRYPTED PRIVATE KEY")) return file.encrypted = true;
  if (armoured(text, "PRIVATE KEY")) return true;
  for (const char* label : {"RSA PRIVATE KEY", "EC PRIVATE KEY"}) {
    if (const auto body = armoured(text, label)) {
      file.encrypted = body->find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
      return true;
    }
  }
  return false;
}

// Why the library cannot use a key of this type, "" if it can.
std::string unusable(const std::string& type, bool rsa_sha2) {
  if (type == "ssh-rsa") {
    return rsa_sha2 ? "" : "RSA keys need libssh2 1.11; use an Ed25519 or ECDSA key";
  }
  // Of a PEM file without its public half the type shows when it is used.
  if (type.empty() || type == "ssh-ed25519" ||
      (type.starts_with("ecdsa-sha2-nistp") && type.find("-cert-") == std::string::npos)) {
    return "";
  }
  return type + " keys are not supported";
}

}  // namespace

std::optional<KeyFile> parse_key_file(const std::string& path, std::string_view text,
                                      std::string_view public_text) {
  KeyFile file{.path = path};
  if (parse_private(text, file)) {
    file.has_private = true;
    if (file.public_key.empty()) file.public_key = parse_public(public_text);
    return file;
  }
  file.public_key = parse_public(text);
  if (file.public_key.empty()) return std::nullopt;
  return file;
}

Attempts order_attempts(std::span<const std::string> agent_keys, std::span<const KeyFile> files,
                        bool identities_only, bool rsa_sha2) {
  Attempts attempts;
  const auto in_files = [&](const std::string& key) {
    return std::any_of(files.begin(), files.end(),
                       [&](const KeyFile& file) { return file.public_key == key; });
  };
  const auto add_agent_keys = [&](bool among_files) {
    for (const auto& key : agent_keys) {
      if (in_files(key) != among_files) continue;
      if (const auto why = unusable(key_type(key), rsa_sha2); !why.empty()) {
        attempts.skipped.push_back(fingerprint(key) + " of the agent: " + why);
      } else {
        attempts.order.push_back({.agent_key = key});
      }
    }
  };
  add_agent_keys(true);
  if (!identities_only) add_agent_keys(false);

  for (const auto& file : files) {
    const bool in_agent =
        !file.public_key.empty() &&
        std::find(agent_keys.begin(), agent_keys.end(), file.public_key) != agent_keys.end();
    const bool twice =
        std::any_of(attempts.order.begin(), attempts.order.end(),
                    [&](const Attempt& attempt) { return attempt.file == file.path; });
    if (in_agent || twice) continue;
    if (!file.has_private) {
      attempts.skipped.push_back(file.path +
                                 ": a public key, and the agent does not have its other half");
    } else if (const auto why = unusable(key_type(file.public_key), rsa_sha2); !why.empty()) {
      attempts.skipped.push_back(file.path + ": " + why);
    } else {
      attempts.order.push_back({.file = file.path, .encrypted = file.encrypted});
    }
  }
  return attempts;
}

}  // namespace consort::ssh
