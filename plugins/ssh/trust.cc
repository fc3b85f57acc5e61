#include "plugins/ssh/trust.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <consort/values.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace consort::ssh {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw Error(CONSORT_E_FAILED, "cannot " + what + " " + path + ": " + std::strerror(errno));
}

std::string read_whole(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return "";
    fail("read", path);
  }
  std::string text;
  char buffer[65536];
  for (;;) {
    const auto count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

// 20 random bytes, as many as the hash has.
std::string new_salt() {
  std::string salt(20, '\0');
  if (::getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size())) {
    fail("make a salt for", "known_hosts");
  }
  return salt;
}

std::string_view word_of(Trust trust) {
  switch (trust) {
    case Trust::known:
      return "known";
    case Trust::unknown:
      return "unknown";
    case Trust::changed:
      return "changed";
    case Trust::revoked:
      break;
  }
  return "revoked";
}

std::string note_of(const Verdict& verdict, const Target& target) {
  if (verdict.trust == Trust::changed || verdict.trust == Trust::revoked) {
    return refusal(verdict, target.host_key_name, target.host_key_port, target.alias);
  }
  std::string note;
  if (!verdict.other_types.empty()) {
    note = "it is known by a key of another type (" + verdict.other_types + ")";
  }
  if (!verdict.authority.empty()) {
    note += (note.empty() ? "" : "; ") + verdict.authority +
            " trusts a certificate authority, which is not supported";
  }
  return note;
}

}  // namespace

std::vector<KnownHostsFile> read_known_hosts(std::span<const std::string> paths) {
  std::vector<KnownHostsFile> files;
  for (const auto& path : paths) files.push_back({.path = path, .text = read_whole(path)});
  return files;
}

void append_known_host(const std::string& path, std::string_view line) {
  const std::string folder = path.substr(0, path.rfind('/'));
  if (!folder.empty() && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    fail("make", folder);
  }
  const Fd file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!file) fail("write", path);
  // Two of us at a time would see the same end of the file.
  if (::flock(file.get(), LOCK_EX) != 0) fail("lock", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail("write", path);
  std::string text;
  char last = '\n';
  if (status.st_size > 0 && ::pread(file.get(), &last, 1, status.st_size - 1) != 1) {
    fail("read", path);
  }
  if (last != '\n') text = "\n";
  text += line;
  const auto written = ::write(file.get(), text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return;
  const int why = written < 0 ? errno : ENOSPC;
  // Half a line is none.
  static_cast<void>(!::ftruncate(file.get(), status.st_size));
  errno = why;
  fail("write", path);
}

std::string trust_host(const Target& target, std::string_view key, std::string_view fingerprint) {
  const auto files = read_known_hosts(target.known_hosts);
  const auto verdict = check_host_key(files, target.host_key_name, target.host_key_port, key);
  const std::string name = known_hosts_name(target.host_key_name, target.host_key_port);
  const std::string note = note_of(verdict, target);
  const std::string file = target.known_hosts.empty() ? "" : target.known_hosts.front();
  bool recorded = false;
  if (!fingerprint.empty()) {
    if (verdict.trust == Trust::changed || verdict.trust == Trust::revoked) {
      throw Error(CONSORT_E_DENIED, note);
    }
    if (verdict.fingerprint != fingerprint) {
      throw Error(CONSORT_E_DENIED, "cannot trust the host " + name + ": its key is " +
                                        verdict.fingerprint + ", not " + std::string(fingerprint));
    }
    if (verdict.trust == Trust::unknown) {
      if (file.empty()) {
        throw Error(CONSORT_E_INVALID, "cannot trust the host " + name +
                                           ": ssh_config names no known_hosts file for it");
      }
      append_known_host(file, known_hosts_line(target.host_key_name, target.host_key_port, key,
                                               target.hash_known_hosts ? new_salt() : ""));
      recorded = true;
    }
  }
  return boost::json::serialize(boost::json::object{{"host", name},
                                                    {"trust", word_of(verdict.trust)},
                                                    {"key_type", verdict.key_type},
                                                    {"fingerprint", verdict.fingerprint},
                                                    {"place", verdict.place},
                                                    {"note", note},
                                                    {"file", file},
                                                    {"recorded", recorded}});
}

}  // namespace consort::ssh
