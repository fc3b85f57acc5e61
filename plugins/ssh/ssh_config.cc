#include "plugins/ssh/ssh_config.h"

#include <charconv>
#include <set>
#include <stdexcept>

#include <consort/values.hpp>

#include "plugins/ssh/config_lookup.h"
#include "plugins/ssh/expand.h"
#include "plugins/ssh/patterns.h"

namespace consort::ssh {
namespace {

using Line = SshConfig::Line;
using std::string_literals::operator""s;

constexpr int most_jumps = 8;  // more are a circle, or a mistake

[[noreturn]] void refuse(const std::string& message) { throw Error(CONSORT_E_INVALID, message); }

// Runs `expand`, and says at the line what it throws.
template <typename Expand>
std::string expanded(const Line& line, const std::string& value, Expand expand) {
  try {
    return expand(value);
  } catch (const std::invalid_argument& e) {
    refuse(line.place + ": cannot use the " + line.keyword + " \"" + value + "\": " + e.what());
  }
}

bool is_none(const Line& line) {
  return line.values.size() == 1 && lower(line.values[0]) == "none";
}

// One host, while it is resolved.
class Resolver {
 public:
  Resolver(const HostRequest& request, const SshConfig& config, const Local& local)
      : request_(request),
        config_(config),
        local_(local),
        lookup_(config, request.name, decided_by(request)) {}

  // `through`: the way there is known already, whatever ProxyJump says.
  Target resolve(int depth, bool through) {
    target_.alias = request_.name;
    if (request_.port != 0) target_.alias = known_alias();
    connection();
    host_key();
    authentication();
    if (!through) jumps(depth);
    return std::move(target_);
  }

 private:
  static std::set<std::string> decided_by(const HostRequest& request) {
    std::set<std::string> keywords;
    if (!request.user.empty()) keywords.insert("user");
    if (request.port != 0) keywords.insert("port");
    return keywords;
  }

  std::string known_alias() const {
    const bool address = request_.name.find(':') != std::string::npos;
    return (address ? "[" + request_.name + "]" : request_.name) + ":" +
           std::to_string(request_.port);
  }

  void connection() {
    target_.host = request_.name;
    if (const Line* line = lookup_.line("hostname")) {
      target_.host = expanded(*line, line->values[0], [&](const std::string& value) {
        return expand_tokens(value, {{'h', request_.name}});
      });
    }
    target_.host = lower(target_.host);
    target_.user = !request_.user.empty() ? request_.user : lookup_.value("user");
    if (target_.user.empty()) target_.user = local_.user;
    target_.port = request_.port != 0
                       ? request_.port
                       : static_cast<std::uint16_t>(lookup_.number("port", 1, 65535, 22));
    target_.connect_timeout = lookup_.seconds("connecttimeout", std::chrono::seconds(0));
    target_.alive_interval = lookup_.seconds("serveraliveinterval", std::chrono::seconds(0));
    target_.alive_count_max =
        static_cast<int>(lookup_.number("serveralivecountmax", 1, 1000, target_.alive_count_max));

    const std::string alias = lookup_.value("hostkeyalias");
    target_.host_key_name = alias.empty() ? target_.host : lower(alias);
    target_.host_key_port = alias.empty() ? target_.port : 22;
    tokens_ = {{'d', local_.home},   {'h', target_.host},
               {'i', local_.uid},    {'k', alias.empty() ? request_.name : alias},
               {'l', local_.host},   {'L', local_.host.substr(0, local_.host.find('.'))},
               {'n', request_.name}, {'p', std::to_string(target_.port)},
               {'r', target_.user},  {'u', local_.user}};
  }

  void host_key() {
    const Line* own = lookup_.line("userknownhostsfile");
    if (own != nullptr && !is_none(*own)) {
      for (const auto& file : own->values) target_.known_hosts.push_back(path(*own, file));
    } else if (own == nullptr && !local_.home.empty()) {
      target_.known_hosts = {local_.home + "/.ssh/known_hosts", local_.home + "/.ssh/known_hosts2"};
    }
    const Line* global = lookup_.line("globalknownhostsfile");
    if (global != nullptr && !is_none(*global)) {
      for (const auto& file : global->values) target_.known_hosts.push_back(path(*global, file));
    } else if (global == nullptr) {
      target_.known_hosts.insert(target_.known_hosts.end(),
                                 {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"});
    }
    target_.hash_known_hosts = lookup_.flag("hashknownhosts", false);
  }

  void authentication() {
    target_.identities_only = lookup_.flag("identitiesonly", false);
    target_.agent = agent();
    if (!request_.identity_file.empty()) target_.identity_files.push_back(request_.identity_file);
    bool given = !request_.identity_file.empty();
    for (const Line* line : lookup_.identity_files()) {
      given = true;
      if (!is_none(*line)) target_.identity_files.push_back(path(*line, line->values[0]));
    }
    target_.identities_given = given;
    if (given || local_.home.empty()) return;
    // ssh's order, without those that need hardware and without DSA.
    for (const char* name : {"id_rsa", "id_ecdsa", "id_ed25519"}) {
      target_.identity_files.push_back(local_.home + "/.ssh/" + name);
    }
  }

  std::string agent() const {
    const Line* line = lookup_.line("identityagent");
    const std::string value = line == nullptr ? "SSH_AUTH_SOCK" : line->values[0];
    if (value == "none") return "";
    if (value == "SSH_AUTH_SOCK") return local_.environment(value);
    if (value.starts_with('$') && !value.starts_with("${")) {
      return local_.environment(value.substr(1));
    }
    return path(*line, value);
  }

  // ProxyJump a,b: a as its own configuration has it, b through a, then the host through b.
  void jumps(int depth) {
    const Line* line = lookup_.line("proxyjump");
    if (line == nullptr || is_none(*line)) return;
    const std::string list = expanded(*line, line->values[0], [&](const std::string& value) {
      Tokens tokens;
      for (const char token : {'h', 'n', 'p', 'r'}) tokens[token] = tokens_[token];
      return expand_tokens(value, tokens);
    });
    for (std::string_view rest = list;;) {
      const auto comma = rest.find(',');
      jump(*line, std::string(rest.substr(0, comma)), depth);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }

  void jump(const Line& line, const std::string& text, int depth) {
    HostRequest request;
    try {
      request = parse_host(text);
    } catch (const Error& e) {
      refuse(line.place + ": " + e.what());
    }
    if (depth >= most_jumps) {
      refuse(line.place + ": cannot go to " + request_.name + " through " + request.name +
             ": more than " + std::to_string(most_jumps) +
             " hosts in a row; if ProxyJump names a host that it applies to, write `Host * !" +
             request.name + "`");
    }
    Target hop = Resolver(request, config_, local_).resolve(depth + 1, !target_.jumps.empty());
    for (auto& before : hop.jumps) target_.jumps.push_back(std::move(before));
    hop.jumps.clear();
    target_.jumps.push_back(std::move(hop));
  }

  std::string path(const Line& line, const std::string& text) const {
    return expanded(line, text, [&](const std::string& value) {
      return expand_path(value, local_.home, tokens_, local_.environment);
    });
  }

  const HostRequest& request_;
  const SshConfig& config_;
  const Local& local_;
  Lookup lookup_;
  Tokens tokens_;
  Target target_;
};

}  // namespace

HostRequest parse_host(std::string_view text) {
  const auto wrong = [&] {
    refuse("cannot use the host \"" + std::string(text) + "\": it must be [USER@]NAME[:PORT]");
  };
  HostRequest request;
  std::string_view rest = text;
  if (rest.starts_with("ssh://")) {
    rest.remove_prefix(6);
    if (rest.ends_with('/')) rest.remove_suffix(1);
  }
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    request.user = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    if (request.user.empty()) wrong();
  }
  std::optional<std::string_view> port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) wrong();
    request.name = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (rest.starts_with(':')) port = rest.substr(1);
    if (!rest.empty() && !port) wrong();
  } else if (const auto colon = rest.find(':'); colon != rest.rfind(':')) {
    request.name = rest;  // an IPv6 address
  } else {
    request.name = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon + 1);
  }
  if (request.name.empty() || request.name.find_first_of(" \t\r\n/,") != std::string::npos) wrong();
  if (port) {
    const auto [end, failed] =
        std::from_chars(port->data(), port->data() + port->size(), request.port);
    if (failed != std::errc() || end != port->data() + port->size() || request.port == 0) wrong();
  }
  return request;
}

Target resolve(const HostRequest& request, const SshConfig& config, const Local& local) {
  return Resolver(request, config, local).resolve(0, false);
}

}  // namespace consort::ssh
