#include "plugins/docker/credentials.h"

#include <tuple>

#include "plugins/docker/child.h"
#include "plugins/docker/run_record.h"

namespace consort::docker {
namespace {

constexpr const char* docker_hub = "https://index.docker.io/v1/";
constexpr std::chrono::milliseconds helper_timeout{30'000};

// {"username", "password"} or {"identitytoken"} of an entry of "auths"; null if it has none.
json::value login_of(const json::value& entry, const std::string& registry) {
  json::object login{{"serveraddress", registry}};
  if (auto token = text_at(entry, "identitytoken"); !token.empty()) login["identitytoken"] = token;
  std::string name = text_at(entry, "username"), password = text_at(entry, "password");
  if (const auto both = base64_decode(text_at(entry, "auth")); !both.empty()) {
    const std::size_t colon = std::min(both.find(':'), both.size());
    name = both.substr(0, colon);
    password = both.substr(std::min(colon + 1, both.size()));
  }
  if (!name.empty()) {
    login["username"] = name;
    login["password"] = password;
  }
  if (login.size() == 1) return nullptr;
  return login;
}

}  // namespace

std::string registry_of(const std::string& image) {
  const std::size_t slash = image.find('/');
  if (slash == std::string::npos) return docker_hub;
  const std::string host = image.substr(0, slash);
  const bool is_host = host.find_first_of(".:") != std::string::npos || host == "localhost";
  if (!is_host || host == "docker.io" || host == "index.docker.io") return docker_hub;
  return host;
}

std::string base64_url(std::string_view bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += digits[bits >> (count - 6) & 63];
  }
  if (count > 0) out += digits[bits << (6 - count) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::string base64_decode(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 255);
  }
  return out;
}

json::object proxy_variables(const json::value& config, const std::string& engine) {
  const json::value& all = at(config, "proxies");
  const json::value& own = at(all, engine);
  const json::value& chosen = own.is_null() ? at(all, "default") : own;
  json::object variables;
  for (const auto& [key, upper, lower] : {std::tuple("httpProxy", "HTTP_PROXY", "http_proxy"),
                                          {"httpsProxy", "HTTPS_PROXY", "https_proxy"},
                                          {"noProxy", "NO_PROXY", "no_proxy"},
                                          {"ftpProxy", "FTP_PROXY", "ftp_proxy"},
                                          {"allProxy", "ALL_PROXY", "all_proxy"}}) {
    const std::string value = text_at(chosen, key);
    if (value.empty()) continue;
    variables[upper] = value;
    variables[lower] = value;
  }
  return variables;
}

Credentials::Credentials(Reactor& reactor, const Environment& environment,
                         const std::string& engine)
    : reactor_(reactor) {
  const std::string folder = config_folder(environment);
  boost::system::error_code failed;
  if (!folder.empty()) config_ = json::parse(read_file(folder + "/config.json"), failed);
  if (failed) config_ = nullptr;
  proxies_ = proxy_variables(config_, engine);
  // What helpers need to find their store.
  for (const char* name :
       {"PATH", "HOME", "USER", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
        "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "PASSWORD_STORE_DIR", "AWS_PROFILE", "AWS_REGION",
        "GOOGLE_APPLICATION_CREDENTIALS"}) {
    if (auto value = environment(name); !value.empty()) {
      environment_.push_back(std::string(name) + "=" + value);
    }
  }
}

Async<std::string> Credentials::for_image(std::string image) {
  const std::string registry = registry_of(image);
  std::string helper = text_at(at(config_, "credHelpers"), registry);
  if (helper.empty()) helper = text_at(config_, "credsStore");
  json::value login;
  if (!helper.empty()) login = co_await ask_helper(helper, registry);
  if (login.is_null()) login = login_of(at(config_, "auths", registry), registry);
  if (login.is_null()) login = login_of(at(config_, "auths", "https://" + registry), registry);
  if (login.is_null()) co_return "";
  co_return base64_url(json::serialize(login));
}

Async<json::value> Credentials::ask_helper(std::string helper, std::string registry) {
  std::vector<std::string> argv{"docker-credential-" + helper, "get"};
  const ChildResult result =
      co_await run_child(reactor_, std::move(argv), environment_, registry, helper_timeout);
  if (result.code != 0) {
    // Its word for a registry without a login; that is none of a failure.
    if (result.output.find("credentials not found") != std::string::npos) co_return nullptr;
    throw Error(CONSORT_E_FAILED, "cannot get the login for " + registry + ": docker-credential-" +
                                      helper + ": " + result.output);
  }
  boost::system::error_code failed;
  const json::value answer = json::parse(result.output, failed);
  const std::string name = text_at(answer, "Username"), secret = text_at(answer, "Secret");
  if (failed || secret.empty()) co_return nullptr;
  if (name == "<token>") {
    co_return json::object{{"serveraddress", registry}, {"identitytoken", secret}};
  }
  co_return json::object{{"serveraddress", registry}, {"username", name}, {"password", secret}};
}

std::string Credentials::for_build() const {
  json::object all;
  for (const auto& [registry, entry] : object_at(config_, "auths")) {
    json::value login = login_of(entry, std::string(registry));
    if (!login.is_null()) all[registry] = std::move(login);
  }
  return all.empty() ? "" : base64_url(json::serialize(all));
}

}  // namespace consort::docker
