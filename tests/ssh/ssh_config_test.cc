#include "plugins/ssh/ssh_config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <boost/test/unit_test.hpp>

#include <consort/values.hpp>

namespace consort::ssh {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

struct Person {
  // A file of the configuration; "config" is the one of the person.
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables = {{"SSH_AUTH_SOCK", "/run/agent"}};
  Local local{.home = "/h",
              .user = "me",
              .uid = "1000",
              .host = "laptop.example",
              .environment = [this](const std::string& name) {
                const auto found = variables.find(name);
                return found == variables.end() ? std::string() : found->second;
              }};

  explicit Person(const std::string& config = "") { files["/h/.ssh/config"] = config; }
  Person(const Person&) = delete;

  SshConfig config() const {
    const ConfigFiles access = {
        .read = [this](const std::string& path) -> std::optional<std::string> {
          const auto found = files.find(path);
          if (found == files.end()) return std::nullopt;
          return found->second;
        },
        .glob =
            [this](const std::string& pattern) {
              Strings found;
              const auto star = pattern.find('*');
              for (const auto& [path, text] : files) {
                if (star == std::string::npos ? path == pattern
                                              : path.starts_with(pattern.substr(0, star))) {
                  found.push_back(path);
                }
              }
              return found;
            }};
    return read_config(local, access);
  }
  Target target(const HostRequest& request) const { return resolve(request, config(), local); }
  Target target(const std::string& host) const { return target(parse_host(host)); }
  std::string error(const std::string& host) const {
    try {
      target(host);
    } catch (const Error& e) {
      return e.status() == CONSORT_E_INVALID ? e.what() : "another status";
    }
    return "none";
  }
};

std::string text_of(const HostRequest& request) {
  return request.user + "@" + request.name + ":" + std::to_string(request.port);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ssh_config)

BOOST_AUTO_TEST_CASE(a_host_is_read_as_user_name_and_port) {
  BOOST_TEST(text_of(parse_host("build")) == "@build:0");
  BOOST_TEST(text_of(parse_host("me@build:2222")) == "me@build:2222");
  BOOST_TEST(text_of(parse_host("me@corp@build")) == "me@corp@build:0");
  BOOST_TEST(text_of(parse_host("2001:db8::1")) == "@2001:db8::1:0");
  BOOST_TEST(text_of(parse_host("me@[2001:db8::1]:22")) == "me@2001:db8::1:22");
  BOOST_TEST(text_of(parse_host("[::1]")) == "@::1:0");
  BOOST_TEST(text_of(parse_host("ssh://me@build:24/")) == "me@build:24");
  for (const char* text : {"", "@build", "me@", "build:", "build:0", "build:65536", "build:x",
                           "build:22x", "[::1", "[::1]x", "a b", "a,b", "a/b", "[]:22"}) {
    BOOST_CHECK_EXCEPTION(parse_host(text), Error, [&](const Error& e) {
      return std::string(e.what()).find("[USER@]NAME[:PORT]") != std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_CASE(without_a_configuration_there_are_defaults) {
  const auto target = Person().target("Build");
  BOOST_TEST(target.alias == "Build");
  BOOST_TEST(target.host == "build");
  BOOST_TEST(target.port == 22);
  BOOST_TEST(target.user == "me");
  BOOST_TEST(target.identity_files ==
                 (Strings{"/h/.ssh/id_rsa", "/h/.ssh/id_ecdsa", "/h/.ssh/id_ed25519"}),
             boost::test_tools::per_element());
  BOOST_TEST(!target.identities_given);
  BOOST_TEST(!target.identities_only);
  BOOST_TEST(target.agent == "/run/agent");
  BOOST_TEST(target.host_key_name == "build");
  BOOST_TEST(target.host_key_port == 22);
  BOOST_TEST(
      target.known_hosts == (Strings{"/h/.ssh/known_hosts", "/h/.ssh/known_hosts2",
                                     "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}),
      boost::test_tools::per_element());
  BOOST_TEST(!target.hash_known_hosts);
  BOOST_TEST(target.connect_timeout.count() == 0);
  BOOST_TEST(target.jumps.empty());
}

BOOST_AUTO_TEST_CASE(the_first_value_wins_and_the_request_before_all) {
  const Person person(
      "Host build\n"
      "  User builder\n"
      "  Port 2201\n"
      "Host b*\n"
      "  User other\n"
      "  HostName %h.example\n"
      "  ConnectTimeout 5\n"
      "Host *\n"
      "  HostName never.example\n"
      "  Port 2202\n"
      "  ServerAliveInterval 1m30s\n"
      "  ServerAliveCountMax 5\n");
  const auto build = person.target("build");
  BOOST_TEST(build.host == "build.example");
  BOOST_TEST(build.user == "builder");
  BOOST_TEST(build.port == 2201);
  BOOST_TEST(build.connect_timeout.count() == 5);
  BOOST_TEST(build.alive_interval.count() == 90);
  BOOST_TEST(build.alive_count_max == 5);
  const auto asked = person.target("root@build:24");
  BOOST_TEST(asked.user == "root");
  BOOST_TEST(asked.port == 24);
  BOOST_TEST(asked.alias == "build:24");
  BOOST_TEST(asked.host == "build.example");
  const auto other = person.target("db");
  BOOST_TEST(other.host == "never.example");
  BOOST_TEST(other.user == "me");
  BOOST_TEST(other.port == 2202);
}

BOOST_AUTO_TEST_CASE(a_negated_pattern_excludes) {
  const Person person("Host *.example !db.example\n  Port 2222\n");
  BOOST_TEST(person.target("web.example").port == 2222);
  BOOST_TEST(person.target("db.example").port == 22);
}

BOOST_AUTO_TEST_CASE(identities_add_up_and_the_one_of_the_service_comes_first) {
  Person person(
      "Host build\n  IdentityFile ~/.ssh/%r_%h\n  IdentitiesOnly yes\n"
      "Host *\n  IdentityFile \"/keys/of %u\"\n  IdentityFile=/keys/${TEAM}\n");
  person.variables["TEAM"] = "blue";
  const auto target =
      person.target({.name = "build", .user = "root", .port = 0, .identity_file = "/project/key"});
  BOOST_TEST(target.identity_files ==
                 (Strings{"/project/key", "/h/.ssh/root_build", "/keys/of me", "/keys/blue"}),
             boost::test_tools::per_element());
  BOOST_TEST(target.identities_given);
  BOOST_TEST(target.identities_only);
  const Person none("IdentityFile none\n");
  BOOST_TEST(none.target("build").identity_files.empty());
}

BOOST_AUTO_TEST_CASE(tokens_stand_for_what_ssh_config_5_says) {
  const Person person(
      "Host build\n  HostName Build.Example\n  Port 24\n  User u\n"
      "  IdentityFile /%%-%d-%h-%i-%k-%l-%L-%n-%p-%r-%u\n");
  BOOST_TEST(person.target("build").identity_files.at(0) ==
             "/%-/h-build.example-1000-build-laptop.example-laptop-build-24-u-me");
}

BOOST_AUTO_TEST_CASE(the_agent_is_where_it_is_said) {
  const auto agent = [](const std::string& line) {
    Person person(line);
    person.variables["MINE"] = "/run/mine";
    return person.target("build").agent;
  };
  BOOST_TEST(agent("") == "/run/agent");
  BOOST_TEST(agent("IdentityAgent none") == "");
  BOOST_TEST(agent("IdentityAgent SSH_AUTH_SOCK") == "/run/agent");
  BOOST_TEST(agent("IdentityAgent $MINE") == "/run/mine");
  BOOST_TEST(agent("IdentityAgent $OTHER") == "");
  BOOST_TEST(agent("IdentityAgent ~/agent-%r") == "/h/agent-me");
  BOOST_TEST(agent("IdentityAgent ${MINE}.sock") == "/run/mine.sock");
}

BOOST_AUTO_TEST_CASE(known_hosts_are_looked_up_as_configured) {
  const auto target = Person(
                          "UserKnownHostsFile ~/known /other/%h\nGlobalKnownHostsFile none\n"
                          "HashKnownHosts yes\nHostKeyAlias Cluster\nPort 24\n")
                          .target("build");
  BOOST_TEST(target.known_hosts == (Strings{"/h/known", "/other/build"}),
             boost::test_tools::per_element());
  BOOST_TEST(target.hash_known_hosts);
  BOOST_TEST(target.host_key_name == "cluster");
  BOOST_TEST(target.host_key_port == 22);
  BOOST_TEST(target.port == 24);
}

BOOST_AUTO_TEST_CASE(included_files_stand_where_they_are_included) {
  Person person(
      "Include conf.d/*\n"
      "Host build\n"
      "  Include of-build ~/home /elsewhere/file missing\n"
      "Host *\n"
      "  User last\n");
  person.files["/h/.ssh/conf.d/a"] = "Host db\n  User first\n";
  person.files["/h/.ssh/conf.d/b"] = "Port 23\nHost db\n  User second\n";
  person.files["/h/.ssh/of-build"] = "User included\nHost db\n  HostName never\n";
  person.files["/h/home"] = "IdentityFile /home\n";
  person.files["/elsewhere/file"] = "IdentityFile /elsewhere\n";
  person.files["/etc/ssh/ssh_config"] = "Include ssh_config.d/*\nHashKnownHosts yes\n";
  person.files["/etc/ssh/ssh_config.d/a"] = "ConnectTimeout 9\n";
  BOOST_TEST(person.target("db").user == "first");
  BOOST_TEST(person.target("db").host == "db");
  BOOST_TEST(person.target("db").port == 23);
  BOOST_TEST(person.target("web").user == "last");
  const auto build = person.target("build");
  BOOST_TEST(build.user == "included");
  BOOST_TEST(build.identity_files == (Strings{"/home", "/elsewhere"}),
             boost::test_tools::per_element());
  BOOST_TEST(build.connect_timeout.count() == 9);
  BOOST_TEST(build.hash_known_hosts);
}

BOOST_AUTO_TEST_CASE(files_that_include_each_other_are_an_error) {
  Person person("Include config\n");
  BOOST_TEST(person.error("build") ==
             "/h/.ssh/config:1: cannot include config: files include each other more than 16 deep");
}

BOOST_AUTO_TEST_CASE(a_way_through_other_hosts_is_resolved_host_by_host) {
  const Person person(
      "Host target\n  ProxyJump gate,admin@inner:24\n  User deep\n"
      "Host gate\n  HostName gate.example\n  ProxyJump door\n"
      "Host inner\n  ProxyJump never\n  Port 99\n"
      "Host door\n  IdentityFile /keys/door\n");
  const auto target = person.target("target");
  BOOST_TEST(target.user == "deep");
  Strings way;
  for (const auto& hop : target.jumps) {
    way.push_back(hop.user + "@" + hop.host + ":" + std::to_string(hop.port));
    BOOST_TEST(hop.jumps.empty());
  }
  BOOST_TEST(way == (Strings{"me@door:22", "me@gate.example:22", "admin@inner:24"}),
             boost::test_tools::per_element());
  BOOST_TEST(target.jumps[0].identity_files == Strings{"/keys/door"},
             boost::test_tools::per_element());
  BOOST_TEST(target.jumps[2].alias == "inner:24");
  BOOST_TEST(Person("ProxyJump none").target("build").jumps.empty());
  BOOST_TEST(Person("Host build\n ProxyJump a,j-%n-%%.net").target("build").jumps.at(1).host ==
             "j-build-%.net");
}

BOOST_AUTO_TEST_CASE(a_circle_of_jumps_is_an_error_that_says_how_to_end_it) {
  const auto error = Person("Host *\n  ProxyJump gate\n").error("build");
  BOOST_TEST(error.starts_with("/h/.ssh/config:2: cannot go to gate through gate: more than 8"));
  BOOST_TEST(error.ends_with("write `Host * !gate`"));
}

BOOST_AUTO_TEST_CASE(what_would_change_the_target_and_is_not_known_is_an_error_at_its_line) {
  const auto at_2 = [](const std::string& line) {
    return Person("Host build\n" + line + "\n").error("build");
  };
  const std::string head = "/h/.ssh/config:2: cannot connect to build: ";
  BOOST_TEST(at_2("  ProxyCommand nc %h %p") ==
             head + "ProxyCommand is not supported; use ProxyJump");
  BOOST_TEST(at_2("canonicalizehostname always").starts_with(head + "CanonicalizeHostname is not"));
  BOOST_TEST(at_2("AddressFamily inet6").starts_with(head + "AddressFamily is not supported"));
  BOOST_TEST(at_2("BindAddress 192.0.2.1").starts_with(head + "BindAddress is not supported"));
  BOOST_TEST(at_2("BindInterface eth1").starts_with(head + "BindInterface is not supported"));
  BOOST_TEST(at_2("RevokedHostKeys /x").starts_with(head + "RevokedHostKeys is not supported"));
  // Of another host, or in vain.
  BOOST_TEST(Person("Host db\n ProxyCommand nc %h\n").error("build") == "none");
  BOOST_TEST(at_2("ProxyCommand none") == "none");
  BOOST_TEST(at_2("ProxyJump gate\nProxyCommand nc\nHost gate\nProxyJump none") == "none");
  BOOST_TEST(Person("ProxyCommand none\nProxyJump gate").target("build").jumps.empty());
  BOOST_TEST(at_2("AddressFamily any\nAddressFamily inet") == "none");
}

BOOST_AUTO_TEST_CASE(a_match_is_an_error_where_the_target_depends_on_it) {
  const auto error = Person("Match host build exec true\n  User other\n").error("build");
  BOOST_TEST(
      error.starts_with("/h/.ssh/config:1: cannot tell whether `Match host build exec true` "
                        "applies to the host build, whose user depends on it "
                        "(/h/.ssh/config:2): Match is not supported"));
  BOOST_TEST(Person("Match all\n  ForwardAgent yes\n").error("build") == "none");
  BOOST_TEST(Person("User me\nMatch all\n  User other\n").error("build") == "none");
  BOOST_TEST(Person("Match all\n User a\n").error("root@build") == "none");
  BOOST_TEST(Person("Match all\nHost *\n  User other\n").error("build") == "none");
  Person nested("Host db\n  Include m\n");
  nested.files["/h/.ssh/m"] = "Match all\n  Port 24\n";
  BOOST_TEST(nested.error("build") == "none");
  BOOST_TEST(nested.error("db").starts_with("/h/.ssh/m:1: cannot tell whether"));
}

BOOST_AUTO_TEST_CASE(other_keywords_are_of_no_concern) {
  BOOST_TEST(Person("ForwardAgent yes\nCompression yes\nControlMaster auto\nControlPath ~/%C\n"
                    "StrictHostKeyChecking no\nSendEnv A B\nNeverHeardOf it\nUserFoo x\n")
                 .error("build") == "none");
}

BOOST_AUTO_TEST_CASE(wrong_values_are_errors_at_their_line) {
  struct Case {
    std::string line, error;
  };
  const Case cases[] = {
      {"Port x", "cannot use the port \"x\": it must be a number from 1 to 65535"},
      {"Port 70000", "cannot use the port \"70000\": it must be a number from 1 to 65535"},
      {"Port", "cannot read this line: it has no value"},
      {"IdentitiesOnly perhaps", "cannot use the identitiesonly \"perhaps\": it must be yes or no"},
      {"ConnectTimeout 5x",
       "cannot use the connecttimeout \"5x\": it must be a length of time, as 90 or 1m30s"},
      {"ServerAliveInterval 99999999999999999999w",
       "cannot use the serveraliveinterval \"99999999999999999999w\": it must be a length of time, "
       "as 90 or 1m30s"},
      {"User \"me", "cannot read this line: a quote is not closed"},
      {"Host", "cannot read this line: host needs a pattern"},
      {"IdentityFile /%C",
       "cannot use the identityfile \"/%C\": the token %C is not supported here"},
      {"IdentityFile /x%", "cannot use the identityfile \"/x%\": it ends with a single %"},
      {"IdentityFile ${NOT_SET}/x",
       "cannot use the identityfile \"${NOT_SET}/x\": the variable NOT_SET is not set"},
      {"IdentityFile ~root/x",
       "cannot use the identityfile \"~root/x\": only ~/ is supported, not ~USER"},
      {"UserKnownHostsFile known",
       "cannot use the userknownhostsfile \"known\": the path is not absolute"},
      {"HostName %n", "cannot use the hostname \"%n\": the token %n is not supported here"},
      {"ProxyJump ,b", "cannot use the host \"\": it must be [USER@]NAME[:PORT]"},
  };
  for (const auto& c : cases) {
    BOOST_TEST(Person("\n# settings\n" + c.line + "\n").error("build") ==
               "/h/.ssh/config:3: " + c.error);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_others_may_write_is_refused) {
  char name[] = "/tmp/consort-ssh-XXXXXX";
  const fs::path folder = ::mkdtemp(name);
  const auto file = folder / "config";
  std::ofstream(file) << "Port 24\n";
  const auto files = real_files();
  ::chmod(file.c_str(), 0600);
  BOOST_TEST(files.read(file).value() == "Port 24\n");
  ::chmod(file.c_str(), 0662);
  BOOST_CHECK_EXCEPTION(files.read(file), Error, [&](const Error& e) {
    return std::string(e.what()) == "cannot read " + file.string() +
                                        ": others may write it; run `chmod go-w " + file.string() +
                                        "`";
  });
  BOOST_TEST(!files.read(folder / "none").has_value());
  BOOST_CHECK_THROW(files.read(folder), Error);
  BOOST_TEST(files.glob((folder / "*").string()) == Strings{file.string()},
             boost::test_tools::per_element());
  fs::remove_all(folder);
}

// What `ssh -G` says of the same file.
BOOST_AUTO_TEST_CASE(ssh_itself_reads_the_same_from_a_file) {
  char name[] = "/tmp/consort-ssh-XXXXXX";
  const fs::path folder = ::mkdtemp(name);
  std::ofstream(folder / "part") << "Host three\n  User of-part\n  ServerAliveInterval 7\n";
  std::ofstream(folder / "config") << "Host o* !one\n  Port 24\n"
                                   << "Include " << (folder / "part").string() << "\n"
                                   << R"(
hOsT "one" two # a comment
  HostName=%h.example
    Port  =  2201
  user "with space"
  User never
  IdentityFile "/keys/with space"
  IdentityFile /keys/second
  IdentitiesOnly true

Host t?o three
  HostName it.is.%h
  UserKnownHostsFile /known/a "/known/b c"
  ConnectTimeout 2m
  HashKnownHosts yes
Host *
  IdentityFile /keys/all
  ServerAliveInterval 15
  HostKeyAlias all
  User 'single "quoted" \\ name'
)";
  ::chmod((folder / "config").c_str(), 0600);
  ::chmod((folder / "part").c_str(), 0600);
  SshConfig config;
  const Person person;
  add_config(config, folder / "config", folder, person.local, real_files());

  for (const std::string host : {"one", "two", "three", "other", "tWo"}) {
    const std::string command = "ssh -T -G -F " + (folder / "config").string() + " " + host;
    FILE* pipe = ::popen(command.c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    std::map<std::string, Strings> said;
    char line[4096];
    while (std::fgets(line, sizeof line, pipe) != nullptr) {
      std::string text = line;
      text.pop_back();
      const auto space = text.find(' ');
      if (space != std::string::npos) {
        said[text.substr(0, space)].push_back(text.substr(space + 1));
      }
    }
    BOOST_REQUIRE(::pclose(pipe) == 0);
    const auto target = resolve(parse_host(host), config, person.local);
    BOOST_TEST_CONTEXT("of " << host) {
      BOOST_TEST(target.host == said["hostname"].at(0));
      BOOST_TEST(target.user == said["user"].at(0));
      BOOST_TEST(std::to_string(target.port) == said["port"].at(0));
      BOOST_TEST(target.identity_files == said["identityfile"], boost::test_tools::per_element());
      BOOST_TEST(target.identities_only == (said["identitiesonly"].at(0) == "yes"));
      BOOST_TEST(target.hash_known_hosts == (said["hashknownhosts"].at(0) == "yes"));
      BOOST_TEST(std::to_string(target.alive_interval.count()) ==
                 said["serveraliveinterval"].at(0));
      const std::string timeout = said["connecttimeout"].at(0);
      BOOST_TEST(std::to_string(target.connect_timeout.count()) ==
                 (timeout == "none" ? "0" : timeout));
      BOOST_TEST(target.host_key_name == said["hostkeyalias"].at(0));
      if (host == "two" || host == "three") {
        BOOST_TEST(target.known_hosts.at(0) + " " + target.known_hosts.at(1) ==
                   said["userknownhostsfile"].at(0));
      }
    }
  }
  fs::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::ssh
