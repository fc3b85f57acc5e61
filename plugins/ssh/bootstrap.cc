#include "plugins/ssh/bootstrap.h"

#include <fstream>
#include <iterator>

#include "plugins/ssh/digest.h"
#include "plugins/ssh/launcher.h"

namespace consort::ssh {
namespace {

// Written for any /bin/sh; run by the login shell's `exec`, whatever shell that is. It reads
// "NAME SHA256 SIZE\n" and, when it has asked for it, the program. Every line for us starts with a
// mark, since a login shell may have its own things to say.
constexpr std::string_view script = R"sh(mark=consort-ssh:
fail() { echo "$mark failed $1"; exit 1; }
sum() { sha256sum "$1" 2>/dev/null | cut -c 1-64; }
own() {
  why=$(umask 077; mkdir -p "$dir" 2>&1) || fail "$why"
  [ -O "$dir" ] || fail "$dir belongs to another user: remove it, or set XDG_CACHE_HOME there"
  case $(ls -ldL "$dir") in drwx------*) return ;; esac
  why=$(chmod 700 "$dir" 2>&1) || fail "$why"
}
put() {
  IFS=' ' read -r name hash size || exit 1
  file=$dir/$name-$hash
  if [ -f "$file" ] && [ -O "$file" ] && [ "$(sum "$file")" = "$hash" ]; then return; fi
  part=$file.$$
  echo "$mark send $name"
  why=$( { umask 077; head -c "$size" >"$part"; } 2>&1 ) || { rm -f "$part"; fail "cannot write $part: $why"; }
  [ "$(sum "$part")" = "$hash" ] || { rm -f "$part"; fail "cannot write $part: it is not what was sent"; }
  why=$(chmod 700 "$part" 2>&1 && mv -f "$part" "$file" 2>&1) || { rm -f "$part"; fail "$why"; }
}
command -v sha256sum >/dev/null 2>&1 || fail "there is no sha256sum (coreutils)"
[ -n "$HOME" ] || fail "HOME is not set"
dir=${XDG_CACHE_HOME:-$HOME/.cache}/consort
own
put
if why=$("$file" --version 2>&1); then
  echo "$mark relay"
  exec "$file" --relay
fi
rm -f "$file"
echo "$mark cannot $why"
put
echo "$mark relay"
exec /bin/sh "$file" --relay
)sh";
constexpr std::string_view mark = "consort-ssh: ";
// What a shell's start may say before ours does.
constexpr std::size_t most_noise = 64 << 10;

// The next line that is for us.
Async<std::string> next_line(Channel& channel, std::string& said) {
  std::string buffer(4096, '\0');
  std::string other;  // the last of what is not for us
  std::size_t noise = 0;
  for (;;) {
    for (std::size_t newline = 0; (newline = said.find('\n')) != std::string::npos;) {
      const std::string line = said.substr(0, newline);
      said.erase(0, newline + 1);
      if (line.starts_with(mark)) co_return line.substr(mark.size());
      other = line;
    }
    const std::size_t n = co_await channel.read(buffer.data(), buffer.size());
    noise += n;
    if (noise > most_noise) {
      throw Error(CONSORT_E_FAILED, "cannot start the shim on " + channel.session().host() +
                                        ": its shell says other things without an end");
    }
    if (n == 0) {
      std::string errors(4096, '\0');
      const std::size_t told = co_await channel.read(errors.data(), errors.size(), true);
      errors.resize(told);
      while (!errors.empty() && errors.back() == '\n') errors.pop_back();
      if (errors.empty()) errors = other.empty() ? "its shell ended" : other;
      throw Error(CONSORT_E_FAILED,
                  "cannot start the shim on " + channel.session().host() + ": " + errors);
    }
    said.append(buffer, 0, n);
  }
}

}  // namespace

const char* const run_command =
    "exec /bin/sh -c 'IFS= read -r p; IFS= read -r s; IFS= read -r d; exec \"$p\" ${s:+\"$s\"} "
    "\"$d\"'";

ShimProgram read_shim(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  ShimProgram shim;
  shim.bytes.assign(std::istreambuf_iterator<char>(file), {});
  if (!file || shim.bytes.empty()) {
    throw Error(CONSORT_E_FAILED, "cannot read " + path + ", which is to run on other hosts");
  }
  shim.sha256 = hex(sha256(shim.bytes));
  return shim;
}

Async<Bootstrapped> start_relay(std::shared_ptr<Session> session, const ShimProgram& shim) {
  const std::string command =
      "exec /bin/sh -c 'eval \"$(dd bs=1 count=" + std::to_string(script.size()) +
      " 2>/dev/null)\"'";
  const auto name = [](const char* what, const std::string& sha256, std::size_t size) {
    return std::string(what) + " " + sha256 + " " + std::to_string(size) + "\n";
  };
  Bootstrapped started;
  started.channel = co_await session->execute(command, std::make_shared<const Session::Claim>());
  std::string order = std::string(script) + name("shim", shim.sha256, shim.bytes.size());
  co_await started.channel->write(order);
  for (;;) {
    const std::string line = co_await next_line(*started.channel, started.said);
    const std::string_view rest =
        std::string_view(line).substr(std::min(line.find(' '), line.size()));
    if (line == "relay") co_return started;
    if (line == "send shim") {
      co_await started.channel->write(shim.bytes);
    } else if (line == "send launcher") {
      co_await started.channel->write(launcher_script);
    } else if (line.starts_with("cannot")) {
      started.without_shim = "the shim does not run there (" +
                             std::string(rest.substr(std::min<std::size_t>(1, rest.size()))) + ")";
      order = name("launcher", hex(sha256(launcher_script)), launcher_script.size());
      co_await started.channel->write(order);
    } else {
      throw Error(CONSORT_E_FAILED,
                  "cannot start the shim on " + session->host() + ":" + std::string(rest));
    }
  }
}

}  // namespace consort::ssh
