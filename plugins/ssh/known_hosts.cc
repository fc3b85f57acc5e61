#include "plugins/ssh/known_hosts.h"

#include <algorithm>

#include "plugins/ssh/digest.h"
#include "plugins/ssh/patterns.h"

namespace consort::ssh {
namespace {

constexpr std::string_view hash_mark = "|1|";

enum class Marker { none, authority, revoked };

struct Entry {
  Marker marker = Marker::none;
  std::string_view names;
  std::string type;
  std::string key;
};

std::string_view next_word(std::string_view& line) {
  constexpr std::string_view blank = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
  const auto word = line.substr(0, line.find_first_of(blank));
  line.remove_prefix(word.size());
  return word;
}

bool parse(std::string_view line, Entry& entry) {
  std::string_view word = next_word(line);
  if (word.starts_with('@')) {
    if (word == "@revoked") {
      entry.marker = Marker::revoked;
    } else if (word == "@cert-authority") {
      entry.marker = Marker::authority;
    } else {
      return false;
    }
    word = next_word(line);
  }
  if (word.empty() || word.starts_with('#')) return false;
  entry.names = word;
  entry.type = next_word(line);
  auto key = base64_decode(next_word(line));  // a comment may follow
  if (!key || key_type(*key) != entry.type) return false;
  entry.key = std::move(*key);
  return true;
}

bool matches_hash(std::string_view names, std::string_view name) {
  names.remove_prefix(hash_mark.size());
  const auto bar = names.find('|');
  if (bar == std::string_view::npos) return false;
  const auto salt = base64_decode(names.substr(0, bar));
  const auto hash = base64_decode(names.substr(bar + 1));
  return salt && hash && hmac_sha1(*salt, name) == *hash;
}

bool names_host(const Entry& entry, std::string_view name) {
  if (entry.names.starts_with(hash_mark)) return matches_hash(entry.names, name);
  std::vector<std::string> patterns;
  for (auto rest = entry.names;;) {
    const auto comma = rest.find(',');
    patterns.push_back(lower(rest.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return matches_list(name, patterns);
}

// Calls `use(entry, place)` for every entry of the files that names the host.
template <typename Use>
void for_each_entry(std::span<const KnownHostsFile> files, const std::string& name, Use use) {
  for (const auto& file : files) {
    std::size_t number = 0;
    for (std::string_view rest = file.text; !rest.empty();) {
      const auto end = rest.find('\n');
      const auto line = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      ++number;
      Entry entry;
      if (parse(line, entry) && names_host(entry, name)) {
        use(entry, file.path + ":" + std::to_string(number));
      }
    }
  }
}

void set_once(std::string& place, const std::string& value) {
  if (place.empty()) place = value;
}

// In words of ssh: "ED25519", "RSA", "ECDSA".
std::string family(std::string_view type) {
  if (type.find("ed25519") != std::string_view::npos) return "ED25519";
  if (type.find("ecdsa") != std::string_view::npos) return "ECDSA";
  if (type.find("rsa") != std::string_view::npos) return "RSA";
  return std::string(type);
}

}  // namespace

std::string key_type(std::string_view key) {
  if (key.size() < 4) return "";
  std::size_t length = 0;
  for (const char c : key.substr(0, 4)) length = length << 8 | static_cast<unsigned char>(c);
  return length <= key.size() - 4 ? std::string(key.substr(4, length)) : "";
}

std::string fingerprint(std::string_view key) {
  std::string text = base64_encode(sha256(key));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

std::string known_hosts_name(std::string_view host, std::uint16_t port) {
  std::string name = lower(host);
  return port == 22 ? name : "[" + name + "]:" + std::to_string(port);
}

std::string known_hosts_line(std::string_view host, std::uint16_t port, std::string_view key,
                             std::string_view salt) {
  std::string name = known_hosts_name(host, port);
  if (!salt.empty()) {
    name =
        std::string(hash_mark) + base64_encode(salt) + "|" + base64_encode(hmac_sha1(salt, name));
  }
  return name + " " + key_type(key) + " " + base64_encode(key) + "\n";
}

Verdict check_host_key(std::span<const KnownHostsFile> files, std::string_view host,
                       std::uint16_t port, std::string_view key) {
  Verdict verdict;
  verdict.key_type = key_type(key);
  verdict.fingerprint = fingerprint(key);
  std::string known, changed, revoked, other_types, authority;
  for_each_entry(files, known_hosts_name(host, port),
                 [&](const Entry& entry, const std::string& place) {
                   if (entry.marker == Marker::authority) {
                     set_once(authority, place);
                   } else if (entry.marker == Marker::revoked) {
                     if (entry.key == key) set_once(revoked, place);
                   } else if (entry.key == key) {
                     set_once(known, place);
                   } else {
                     set_once(entry.type == verdict.key_type ? changed : other_types, place);
                   }
                 });
  // A host may have several keys of a type (while it changes them): one that fits is enough.
  if (!revoked.empty()) {
    verdict.trust = Trust::revoked;
    verdict.place = revoked;
  } else if (!known.empty()) {
    verdict.trust = Trust::known;
    verdict.place = known;
  } else if (!changed.empty()) {
    verdict.trust = Trust::changed;
    verdict.place = changed;
  } else {
    verdict.other_types = other_types;
    verdict.authority = authority;
  }
  return verdict;
}

std::vector<std::string> known_key_types(std::span<const KnownHostsFile> files,
                                         std::string_view host, std::uint16_t port) {
  std::vector<std::string> types;
  for_each_entry(files, known_hosts_name(host, port), [&](const Entry& entry, const std::string&) {
    if (entry.marker == Marker::none &&
        std::find(types.begin(), types.end(), entry.type) == types.end()) {
      types.push_back(entry.type);
    }
  });
  return types;
}

std::string refusal(const Verdict& verdict, std::string_view host, std::uint16_t port,
                    std::string_view alias) {
  if (verdict.trust == Trust::known) return "";
  const std::string shown = "its " + family(verdict.key_type) + " key is " + verdict.fingerprint;
  std::string text = "cannot trust the host " + known_hosts_name(host, port) + ": ";
  switch (verdict.trust) {
    case Trust::revoked:
      return text + shown + ", which " + verdict.place + " revokes";
    case Trust::changed:
      return text + shown + ", not the one of " + verdict.place +
             "; somebody may be between, or the host was installed anew: ask whoever runs it, and "
             "remove that line only if the new key is right";
    default:
      break;
  }
  text += shown + ", and no known_hosts file has it";
  if (!verdict.other_types.empty())
    text += " (" + verdict.other_types + " has a key of another type)";
  if (!verdict.authority.empty()) {
    text += " (" + verdict.authority + " trusts a certificate authority, which is not supported)";
  }
  return text + "; if the fingerprint is right, run `consort ssh trust " + std::string(alias) + "`";
}

}  // namespace consort::ssh
