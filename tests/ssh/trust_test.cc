#include "plugins/ssh/trust.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <consort/values.hpp>

#include "plugins/ssh/digest.h"

namespace consort::ssh {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const std::string type = "ssh-ed25519";
const std::string data = "AAAAC3NzaC1lZDI1NTE5AAAAIIkbtVwrUM1VsK0hOMVP4HryWWDP4XxO+WYLa76aKBU+";
const std::string other = "AAAAC3NzaC1lZDI1NTE5AAAAIHH0inM7SYn1zLGVLXkLHPJMvjN/DF7NmasYQfPhZxva";
const std::string print = "SHA256:0j8ih2Uo3FdBCFUVFTvwoXX1AvfnNatA33YP4hlGRAc";

struct Folder {
  Folder() {
    char name[] = "/tmp/consort-ssh-XXXXXX";
    path = ::mkdtemp(name);
    target.alias = "build";
    target.host_key_name = "build.example";
    target.host_key_port = 2222;
    file = (path / ".ssh" / "known_hosts").string();
    target.known_hosts = {file, (path / "global").string()};
  }
  ~Folder() { fs::remove_all(path); }
  std::string text() const {
    std::ifstream stream(file);
    std::stringstream all;
    all << stream.rdbuf();
    return all.str();
  }
  void write(const std::string& content) const {
    fs::create_directories(path / ".ssh");
    std::ofstream(file) << content;
  }
  json::object trust(const std::string& fingerprint = "") const {
    return json::parse(trust_host(target, base64_decode(data).value(), fingerprint)).as_object();
  }
  std::string refusal(const std::string& fingerprint) const {
    try {
      trust(fingerprint);
    } catch (const Error& e) {
      return e.what();
    }
    return "none";
  }
  fs::path path;
  std::string file;
  Target target;
};

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ssh_trust, Folder)

BOOST_AUTO_TEST_CASE(a_look_records_nothing) {
  const auto seen = trust();
  BOOST_TEST(seen.at("host").as_string() == "[build.example]:2222");
  BOOST_TEST(seen.at("trust").as_string() == "unknown");
  BOOST_TEST(seen.at("key_type").as_string() == type);
  BOOST_TEST(seen.at("fingerprint").as_string() == print);
  BOOST_TEST(seen.at("file").as_string() == file);
  BOOST_TEST(!seen.at("recorded").as_bool());
  BOOST_TEST(!fs::exists(path / ".ssh"));
}

BOOST_AUTO_TEST_CASE(the_fingerprint_that_was_seen_records_the_key) {
  BOOST_TEST(trust(print).at("recorded").as_bool());
  BOOST_TEST(text() == "[build.example]:2222 " + type + " " + data + "\n");
  BOOST_TEST(mode_of(file) == 0600u);
  BOOST_TEST(mode_of(path / ".ssh") == 0700u);
  const auto again = trust(print);
  BOOST_TEST(again.at("trust").as_string() == "known");
  BOOST_TEST(again.at("place").as_string() == file + ":1");
  BOOST_TEST(!again.at("recorded").as_bool());
  BOOST_TEST(text() == "[build.example]:2222 " + type + " " + data + "\n");
}

BOOST_AUTO_TEST_CASE(another_fingerprint_records_nothing) {
  BOOST_TEST(refusal("SHA256:abc") == "cannot trust the host [build.example]:2222: its key is " +
                                          print + ", not SHA256:abc");
  BOOST_TEST(!fs::exists(file));
}

BOOST_AUTO_TEST_CASE(a_changed_or_revoked_key_is_final_whatever_is_said) {
  const std::string changed = "[build.example]:2222 " + type + " " + other + "\n";
  write(changed);
  BOOST_TEST(trust().at("trust").as_string() == "changed");
  BOOST_TEST(trust().at("note").as_string().starts_with("cannot trust the host"));
  BOOST_TEST(refusal(print).find("not the one of " + file + ":1") != std::string::npos);
  BOOST_TEST(text() == changed);
  const std::string revoked = "@revoked * " + type + " " + data + "\n";
  write(revoked);
  BOOST_TEST(refusal(print).find("revokes") != std::string::npos);
  BOOST_TEST(text() == revoked);
}

BOOST_AUTO_TEST_CASE(what_is_there_stays_and_a_last_line_without_a_newline_too) {
  write("db.example " + type + " " + other);
  trust(print);
  BOOST_TEST(text() == "db.example " + type + " " + other + "\n[build.example]:2222 " + type + " " +
                           data + "\n");
}

BOOST_AUTO_TEST_CASE(names_are_hashed_where_ssh_would) {
  target.hash_known_hosts = true;
  trust(print);
  BOOST_TEST(text().starts_with("|1|"));
  BOOST_TEST(trust().at("trust").as_string() == "known");
  // As ssh-keygen finds it.
  const std::string find = "ssh-keygen -F '[build.example]:2222' -f " + file + " >/dev/null";
  BOOST_TEST(std::system(find.c_str()) == 0);
}

BOOST_AUTO_TEST_CASE(several_at_a_time_leave_whole_lines) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        append_known_host(file, "host" + std::to_string(i * 20 + j) + " line\n");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::stringstream lines(text());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) BOOST_TEST(line.ends_with(" line"));
  BOOST_TEST(count == 160);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_or_written_is_an_error) {
  fs::create_directories(target.known_hosts[1]);  // a folder in the place of a file
  BOOST_TEST(refusal("") == "cannot read " + target.known_hosts[1] + ": Is a directory");
  target.known_hosts = {"/dev/null/x/known_hosts"};
  BOOST_TEST(refusal(print).starts_with("cannot make /dev/null/x: "));
  target.known_hosts = {};
  BOOST_TEST(refusal(print).ends_with("ssh_config names no known_hosts file for it"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::ssh
