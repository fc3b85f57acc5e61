#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Who a host is, by files in the format of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"):
// names plain, with wildcards, negated or hashed, [host]:port, @revoked and @cert-authority. Pure
// functions. libssh2 reads such files too, but knows neither wildcards nor markers.
namespace consort::ssh {

// A file as read; `text` is "" where there is none.
struct KnownHostsFile {
  std::string path;
  std::string text;
};

enum class Trust {
  known,    // an entry has this key
  unknown,  // no entry has a key of this type
  changed,  // an entry has another key of this type: final, nobody is asked
  revoked   // an entry forbids this key: final
};

struct Verdict {
  Trust trust = Trust::unknown;
  std::string key_type;     // "ssh-ed25519"
  std::string fingerprint;  // "SHA256:..." of the key that the host showed
  std::string place;        // "FILE:LINE" of the entry that decided; "" if unknown
  // Of an unknown key: where the host is known by keys of other types, and where only an authority
  // vouches for it, which is not supported; "FILE:LINE" or "".
  std::string other_types;
  std::string authority;
};

// Judges the key that a host showed. `host` is the name to look up (a target's host_key_name), in
// any case; `key` is the public key as it goes over the wire (libssh2_session_hostkey). Lines that
// cannot be read count for nothing. Throws nothing but std::bad_alloc.
Verdict check_host_key(std::span<const KnownHostsFile> files, std::string_view host,
                       std::uint16_t port, std::string_view key);

// The types of the keys that the files have for a host, in the order of the files, each once: the
// algorithms to ask the host for first, so that it shows a key that is known.
std::vector<std::string> known_key_types(std::span<const KnownHostsFile> files,
                                         std::string_view host, std::uint16_t port);

// Why a verdict refuses the host, for people: "cannot trust HOST: ..." with the fingerprint and
// what to do. `alias` is the host as the service names it, for the command that enrols it. "" if
// the host is known.
std::string refusal(const Verdict& verdict, std::string_view host, std::uint16_t port,
                    std::string_view alias);

// "SHA256:" and the hash in base64, as ssh-keygen -l shows it.
std::string fingerprint(std::string_view key);
// The type inside a public key, "ssh-ed25519"; "" if it is none.
std::string key_type(std::string_view key);

// How a host is named in known_hosts: in lower case, "[host]:port" where the port is not 22.
std::string known_hosts_name(std::string_view host, std::uint16_t port);
// A line for known_hosts, with its newline. `salt`: 20 random bytes hash the name; "" keeps it.
std::string known_hosts_line(std::string_view host, std::uint16_t port, std::string_view key,
                             std::string_view salt);

}  // namespace consort::ssh
