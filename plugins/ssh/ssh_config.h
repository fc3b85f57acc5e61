#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// From the service's `host` and OpenSSH's own configuration (ssh_config(5)) to what to connect to.
// Everything here throws consort::Error (CONSORT_E_INVALID) with "FILE:LINE: cannot ...".
namespace consort::ssh {

// What a service's `host` says: [USER@]NAME[:PORT], or a map of name, user, port, identity_file.
struct HostRequest {
  std::string name;           // a name, an address or an alias of ssh_config
  std::string user;           // "": as configured
  std::uint16_t port = 0;     // 0: as configured
  std::string identity_file;  // absolute; "": as configured
};
// "[USER@]NAME[:PORT]"; an IPv6 address with a port is "[ADDRESS]:PORT".
HostRequest parse_host(std::string_view text);

// Whose connection it is: the person that brings the project up.
struct Local {
  std::string home;  // absolute, "" if none
  std::string user;
  std::string uid;
  std::string host;                                                 // of this machine
  std::function<std::string(const std::string& name)> environment;  // "" if not set
};

// One host to connect to, everything decided.
struct Target {
  std::string alias;  // as the service names it, with a port that it gives: for messages
  std::string host;   // name or address to connect to
  std::uint16_t port = 22;
  std::string user;
  std::vector<std::string> identity_files;  // in the order to try; absolute; some may not exist
  bool identities_given = false;            // somebody named them: one that is missing is a mistake
  bool identities_only = false;             // of the agent's keys, only those of identity_files
  std::string agent;                        // the agent's socket, "": none
  std::string host_key_name;                // the name to look up in known_hosts
  std::uint16_t host_key_port = 22;         // and the port: not 22 makes it "[name]:port"
  std::vector<std::string> known_hosts;     // files in the order to read; some may not exist
  bool hash_known_hosts = false;            // for what is added
  std::chrono::seconds connect_timeout{0};  // 0: nobody says
  std::chrono::seconds alive_interval{0};   // 0: the caller's default
  int alive_count_max = 3;
  std::vector<Target> jumps;  // hosts to go through, the first one first; have no jumps themselves

  // How long one step of connecting may take.
  std::chrono::seconds timeout() const {
    return connect_timeout.count() > 0 ? connect_timeout : std::chrono::seconds(10);
  }
};

// A configuration, read: its lines in order, with the files that they include in their places.
struct SshConfig {
  // A block that a line stands in: "Host" with its patterns, or a "Match".
  struct Block {
    bool match = false;
    std::vector<std::string> patterns;
    std::string place;
  };
  struct Line {
    std::string keyword;  // in lower case
    std::vector<std::string> values;
    std::string place;          // "FILE:LINE"
    std::vector<Block> blocks;  // all of them must apply
  };
  std::vector<Line> lines;
};

// How files are read, so that tests need none.
struct ConfigFiles {
  // The text of a file, none if it is not there. Throws Error if it may not be used.
  std::function<std::optional<std::string>(const std::string& path)> read;
  // The paths that a pattern of `Include` names, sorted.
  std::function<std::vector<std::string>(const std::string& pattern)> glob;
};
ConfigFiles real_files();

// Reads `path` and what it includes, as far as it is there. `folder` is where relative includes
// are: ~/.ssh of a person's file, /etc/ssh of the system's.
void add_config(SshConfig& config, const std::string& path, const std::string& folder,
                const Local& local, const ConfigFiles& files);
// ~/.ssh/config, then /etc/ssh/ssh_config.
SshConfig read_config(const Local& local, const ConfigFiles& files);

// Pure. A setting of the request wins over every file, and of several lines the first one.
Target resolve(const HostRequest& request, const SshConfig& config, const Local& local);

}  // namespace consort::ssh
