#include "plugins/docker/address.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <boost/test/unit_test.hpp>

namespace consort::docker {
namespace {

namespace fs = std::filesystem;

struct Home {
  Home() {
    char name[] = "/tmp/consort-docker-XXXXXX";
    path = ::mkdtemp(name);
    variables["HOME"] = path;
  }
  ~Home() { fs::remove_all(path); }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((path / file).parent_path());
    std::ofstream(path / file) << text;
  }
  Address find() const {
    return find_engine([this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    });
  }
  std::string refusal() const {
    try {
      find();
    } catch (const Error& e) {
      return e.status() == CONSORT_E_INVALID ? e.what() : "another status";
    }
    return "none";
  }
  fs::path path;
  std::map<std::string, std::string> variables;
};

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(docker_address)

BOOST_FIXTURE_TEST_CASE(without_a_word_it_is_the_default_socket, Home) {
  BOOST_TEST(find().socket == "/var/run/docker.sock");
}

BOOST_FIXTURE_TEST_CASE(docker_host_goes_before_contexts, Home) {
  variables["DOCKER_CONTEXT"] = "none";
  variables["DOCKER_HOST"] = "unix:///run/my.sock";
  BOOST_TEST(find().socket == "/run/my.sock");
  variables["DOCKER_HOST"] = "tcp://there";
  BOOST_TEST(find().host == "there:2375");
  variables["DOCKER_HOST"] = "tcp://[::1]:99";
  BOOST_TEST(find().host == "[::1]:99");
  BOOST_TEST(!find().tls());
}

BOOST_FIXTURE_TEST_CASE(tls_takes_the_certificates_of_its_folder, Home) {
  variables["DOCKER_HOST"] = "tcp://there:2376";
  variables["DOCKER_TLS_VERIFY"] = "1";
  BOOST_TEST(has(refusal(), "DOCKER_CERT_PATH"));
  for (const char* file : {"ca.pem", "cert.pem", "key.pem"}) write(std::string("tls/") + file, "x");
  variables["DOCKER_CERT_PATH"] = path / "tls";
  BOOST_TEST(find().ca == path / "tls/ca.pem");
  BOOST_TEST(find().verify);
}

BOOST_FIXTURE_TEST_CASE(the_context_of_the_cli_is_used, Home) {
  write(".docker/config.json", R"({"currentContext": "far"})");
  write(".docker/contexts/meta/12/meta.json",
        R"({"Name": "far", "Endpoints": {"docker": {"Host": "tcp://far:2376"}}})");
  write(".docker/contexts/tls/12/docker/ca.pem", "x");
  BOOST_TEST(find().host == "far:2376");
  BOOST_TEST(find().tls());
  variables["DOCKER_CONTEXT"] = "default";
  BOOST_TEST(find().socket == "/var/run/docker.sock");
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_used_is_refused_with_what_to_do, Home) {
  variables["DOCKER_HOST"] = "ssh://me@there";
  BOOST_TEST(has(refusal(), "ssh -L"));
  variables["DOCKER_HOST"] = "nonsense";
  BOOST_TEST(has(refusal(), "unix:///PATH"));
  variables["DOCKER_HOST"].clear();
  variables["DOCKER_CONTEXT"] = "gone";
  BOOST_TEST(has(refusal(), "docker context ls"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
