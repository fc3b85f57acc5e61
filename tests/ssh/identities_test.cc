#include "plugins/ssh/identities.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "plugins/ssh/digest.h"
#include "plugins/ssh/known_hosts.h"

namespace consort::ssh {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Keys that ssh-keygen makes.
struct Folder {
  Folder() {
    char name[] = "/tmp/consort-ssh-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path); }
  std::string make(const std::string& name, const std::string& options) const {
    const std::string file = (path / name).string();
    const std::string command = "ssh-keygen -q -C me -f " + file + " " + options;
    BOOST_REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
    return file;
  }
  std::string wire(const std::string& file) const {
    const auto text = read(file + ".pub");
    const auto first = text.find(' ') + 1;
    return base64_decode(text.substr(first, text.find(' ', first) - first)).value();
  }
  fs::path path;
};

// A public key of a type, which differs by `mark`.
std::string key(const std::string& type, const std::string& mark) {
  const auto length = static_cast<char>(type.size());
  return std::string("\0\0\0", 3) + length + type + mark;
}

Strings texts(const Attempts& attempts) {
  Strings out;
  for (const auto& attempt : attempts.order) {
    out.push_back(attempt.file.empty()
                      ? "agent " + attempt.agent_key.substr(attempt.agent_key.size() - 1)
                      : attempt.file + (attempt.encrypted ? " encrypted" : ""));
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ssh_identities)

BOOST_AUTO_TEST_CASE(
    the_files_of_ssh_keygen_tell_their_public_half_and_whether_they_are_encrypted) {
  const Folder folder;
  struct Case {
    std::string name, options, type;
    bool encrypted, tells_public;
  };
  const Case cases[] = {
      {"ed", "-t ed25519 -N ''", "ssh-ed25519", false, true},
      {"eds", "-t ed25519 -N secret", "ssh-ed25519", true, true},
      {"ec", "-t ecdsa -b 384 -N ''", "ecdsa-sha2-nistp384", false, true},
      {"rsa", "-t rsa -b 2048 -N ''", "ssh-rsa", false, true},
      {"pem", "-t rsa -b 2048 -m PEM -N ''", "ssh-rsa", false, false},
      {"pems", "-t rsa -b 2048 -m PEM -N secret", "ssh-rsa", true, false},
      {"ecpem", "-t ecdsa -m PEM -N ''", "ecdsa-sha2-nistp256", false, false},
      {"pkcs", "-t ecdsa -m PKCS8 -N ''", "ecdsa-sha2-nistp256", false, false},
      {"pkcss", "-t ecdsa -m PKCS8 -N secret", "ecdsa-sha2-nistp256", true, false},
  };
  Strings paths;
  for (const auto& c : cases) {
    const auto path = folder.make(c.name, c.options);
    paths.push_back(path);
    const auto alone = parse_key_file(path, read(path), "");
    BOOST_TEST_CONTEXT("of " << c.options) {
      BOOST_REQUIRE(alone.has_value());
      BOOST_TEST(alone->has_private);
      BOOST_TEST(alone->encrypted == c.encrypted);
      BOOST_TEST((alone->public_key == folder.wire(path)) == c.tells_public);
      const auto both = parse_key_file(path, read(path), read(path + ".pub"));
      BOOST_TEST(fingerprint(both->public_key) == fingerprint(folder.wire(path)));
      BOOST_TEST(key_type(both->public_key) == c.type);
    }
  }
  const auto found = read_key_files(paths, true);
  BOOST_TEST(found.files.size() == std::size(cases));
  BOOST_TEST(found.skipped.empty());
  const auto public_only = parse_key_file("p", read(paths[0] + ".pub"), "");
  BOOST_TEST(public_only->has_private == false);
  BOOST_TEST((public_only->public_key == folder.wire(paths[0])));
}

BOOST_AUTO_TEST_CASE(what_is_no_key_is_left_out) {
  const Folder folder;
  const auto good = folder.make("good", "-t ed25519 -N ''");
  const auto whole = read(good);
  for (std::size_t size = 0; size < whole.size() - 40; size += 13) {
    BOOST_TEST(!parse_key_file("p", whole.substr(0, size), "").has_value());
  }
  for (const char* text : {"", "hello", "ssh-ed25519", "ssh-ed25519 AAAA",
                           "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE "
                           "KEY-----\n"}) {
    BOOST_TEST(!parse_key_file("p", text, "").has_value());
  }

  const auto open = folder.make("open", "-t ed25519 -N ''");
  ::chmod(open.c_str(), 0644);
  std::ofstream(folder.path / "text") << "hello\n";
  const Strings paths = {(folder.path / "none").string(), good, open,
                         (folder.path / "text").string(), folder.path.string()};
  const auto found = read_key_files(paths, true);
  BOOST_TEST(found.files.size() == 1u);
  BOOST_TEST(
      found.skipped == (Strings{paths[0] + ": No such file or directory",
                                open + ": others may read it; run `chmod 600 " + open + "`",
                                paths[3] + ": it is not a key", paths[4] + ": it is not a file"}),
      boost::test_tools::per_element());
  BOOST_TEST(read_key_files({paths.data(), 1}, false).skipped.empty());
}

BOOST_AUTO_TEST_CASE(keys_are_tried_in_the_order_of_ssh) {
  const auto a = key("ssh-ed25519", "a"), b = key("ecdsa-sha2-nistp256", "b"),
             c = key("ssh-ed25519", "c"), d = key("ssh-ed25519", "d");
  const std::vector<KeyFile> files = {{"/k/c", c, true, true},
                                      {"/k/d", d, true, true},
                                      {"/k/pem", "", true, false},
                                      {"/k/pem", "", true, false}};
  const Strings agent = {a, b, c};
  BOOST_TEST(texts(order_attempts(agent, files, false, false)) ==
                 (Strings{"agent c", "agent a", "agent b", "/k/d encrypted", "/k/pem"}),
             boost::test_tools::per_element());
  BOOST_TEST(texts(order_attempts(agent, files, true, false)) ==
                 (Strings{"agent c", "/k/d encrypted", "/k/pem"}),
             boost::test_tools::per_element());
  BOOST_TEST(texts(order_attempts({}, files, true, false)) ==
                 (Strings{"/k/c encrypted", "/k/d encrypted", "/k/pem"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(keys_that_cannot_work_are_left_out_with_a_word) {
  const auto rsa = key("ssh-rsa", "r"), hardware = key("sk-ssh-ed25519@openssh.com", "s"),
             certificate = key("ecdsa-sha2-nistp256-cert-v01@openssh.com", "t"),
             other = key("ssh-ed25519", "o");
  const Strings agent = {rsa, hardware, certificate};
  const std::vector<KeyFile> files = {{"/k/rsa", key("ssh-rsa", "f"), true, false},
                                      {"/k/other.pub", other, false, false}};
  const auto old = order_attempts(agent, files, false, false);
  BOOST_TEST(old.order.empty());
  BOOST_TEST(
      old.skipped ==
          (Strings{
              fingerprint(rsa) +
                  " of the agent: RSA keys need libssh2 1.11; use an Ed25519 or ECDSA key",
              fingerprint(hardware) +
                  " of the agent: sk-ssh-ed25519@openssh.com keys are not supported",
              fingerprint(certificate) +
                  " of the agent: ecdsa-sha2-nistp256-cert-v01@openssh.com keys are not supported",
              "/k/rsa: RSA keys need libssh2 1.11; use an Ed25519 or ECDSA key",
              "/k/other.pub: a public key, and the agent does not have its other half"}),
      boost::test_tools::per_element());
  BOOST_TEST(texts(order_attempts(agent, files, false, true)) == (Strings{"agent r", "/k/rsa"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::ssh
