#include "plugins/docker/address.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>

#include "plugins/docker/json_view.h"

namespace consort::docker {
namespace {

namespace fs = std::filesystem;

constexpr const char* default_socket = "/var/run/docker.sock";

[[noreturn]] void refuse(const std::string& message) { throw Error(CONSORT_E_INVALID, message); }

// A JSON file; null if it is not there or not JSON.
json::value read_json(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  boost::system::error_code failed;
  json::value value = json::parse(text.str(), failed);
  return failed ? json::value() : value;
}

Address parse(const std::string& url, const std::string& source) {
  Address address;
  address.text = url;
  const std::size_t colon = url.find("://");
  const std::string scheme = colon == std::string::npos ? "" : url.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : url.substr(colon + 3);
  if (scheme == "unix" && !rest.empty()) {
    address.socket = rest;
  } else if ((scheme == "tcp" || scheme == "http" || scheme == "https") && !rest.empty()) {
    address.host = rest.substr(0, rest.find('/'));
    if (address.host.find(
            ':', address.host.rfind(']') == std::string::npos ? 0 : address.host.rfind(']')) ==
        std::string::npos) {
      address.host += scheme == "https" ? ":2376" : ":2375";
    }
  } else if (scheme == "ssh") {
    refuse(
        "cannot use the engine at " + url + " (" + source +
        "): engines behind ssh are not supported yet; forward its socket with `ssh -L "
        "/tmp/docker.sock:/var/run/docker.sock HOST` and set DOCKER_HOST=unix:///tmp/docker.sock");
  } else {
    refuse("cannot use the engine at \"" + url + "\" (" + source +
           "): give unix:///PATH or tcp://HOST:PORT");
  }
  return address;
}

void add_certificates(Address& address, const fs::path& folder) {
  const auto file = [&](const char* name) {
    const fs::path path = folder / name;
    std::error_code ignored;
    return fs::exists(path, ignored) ? path.string() : std::string();
  };
  address.ca = file("ca.pem");
  address.certificate = file("cert.pem");
  address.key = file("key.pem");
}

Address of_context(const std::string& name, const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder / "contexts" / "meta", ignored)) {
    const json::value meta = read_json(entry.path() / "meta.json");
    if (text_at(meta, "Name") != name) continue;
    const json::value& endpoint = at(meta, "Endpoints", "docker");
    Address address = parse(text_at(endpoint, "Host"), "of the docker context " + name);
    add_certificates(address, folder / "contexts" / "tls" / entry.path().filename() / "docker");
    address.verify = !bool_at(endpoint, "SkipTLSVerify");
    return address;
  }
  refuse("cannot use the docker context " + name +
         ": there is none of this name; see `docker context ls`, or unset DOCKER_CONTEXT");
}

}  // namespace

std::string config_folder(const Environment& environment) {
  if (auto folder = environment("DOCKER_CONFIG"); !folder.empty()) return folder;
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + "/.docker";
}

bool same_engine(const Address& one, const Address& other) {
  return one.socket == other.socket && one.host == other.host;
}

Address find_engine(const Environment& environment) {
  const std::string folder = config_folder(environment);
  if (const auto host = environment("DOCKER_HOST"); !host.empty()) {
    Address address = parse(host, "of DOCKER_HOST");
    const bool verify = !environment("DOCKER_TLS_VERIFY").empty();
    const bool tls = verify || !environment("DOCKER_TLS").empty() || host.starts_with("https");
    if (tls && address.socket.empty()) {
      const std::string certificates = environment("DOCKER_CERT_PATH");
      add_certificates(address, certificates.empty() ? folder : certificates);
      address.verify = verify;
      if (!address.tls()) {
        refuse("cannot use the engine at " + host + ": DOCKER_TLS_VERIFY is set, but " +
               (certificates.empty() ? folder : certificates) +
               " has no ca.pem and cert.pem; set DOCKER_CERT_PATH");
      }
    }
    return address;
  }
  std::string context = environment("DOCKER_CONTEXT");
  if (context.empty() && !folder.empty()) {
    context = text_at(read_json(fs::path(folder) / "config.json"), "currentContext");
  }
  if (!context.empty() && context != "default") return of_context(context, folder);
  return parse(std::string("unix://") + default_socket, "the default");
}

}  // namespace consort::docker
