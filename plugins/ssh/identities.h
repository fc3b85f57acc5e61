#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// With which keys to authenticate, and in which order. Public keys are as they go over the wire.
namespace consort::ssh {

// A file of an identity, as far as it can be judged without its passphrase.
struct KeyFile {
  std::string path{};
  std::string public_key{};  // "" if neither the file nor PATH.pub tells it
  bool has_private = false;  // false: a public key, which chooses one of the agent's
  bool encrypted = false;    // a passphrase is needed
};

// Reads the texts of a private (or public) key's file and of PATH.pub ("" if there is none). None
// if the text is no key of a format known here: OpenSSH's, PEM and PKCS #8. Pure.
std::optional<KeyFile> parse_key_file(const std::string& path, std::string_view text,
                                      std::string_view public_text);

// The files as they are now, and why some are left out: "PATH: why" for people. A file that is
// missing is worth a word only if somebody named it (`given`); one that others may read is refused,
// as ssh does.
struct KeyFiles {
  std::vector<KeyFile> files;
  std::vector<std::string> skipped;
};
KeyFiles read_key_files(std::span<const std::string> paths, bool given);

// One key to try.
struct Attempt {
  std::string agent_key{};  // the agent's key of this public half, or
  std::string file{};       // this private key
  bool encrypted = false;   // which needs a passphrase
};
struct Attempts {
  std::vector<Attempt> order;
  std::vector<std::string> skipped;  // "KEY: why"
};
// In ssh's order: the agent's keys that are among the files, the agent's others (unless
// `identities_only`), then the files whose key the agent does not have. Each key once. Keys that
// the library cannot use (RSA without rsa-sha2, hardware keys, certificates) are left out. Pure.
Attempts order_attempts(std::span<const std::string> agent_keys, std::span<const KeyFile> files,
                        bool identities_only, bool rsa_sha2);

}  // namespace consort::ssh
