#include "plugins/ssh/known_hosts.h"

#include <boost/test/unit_test.hpp>

#include "plugins/ssh/digest.h"

namespace consort::ssh {
namespace {

// Made by ssh-keygen, whose -l said what the fingerprints are, and whose -H hashed the names.
const std::string ed25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIkbtVwrUM1VsK0hOMVP4HryWWDP4XxO+WYLa76aKBU+";
const std::string ed25519_print = "SHA256:0j8ih2Uo3FdBCFUVFTvwoXX1AvfnNatA33YP4hlGRAc";
const std::string other =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHH0inM7SYn1zLGVLXkLHPJMvjN/DF7NmasYQfPhZxva";
const std::string ecdsa =
    "ecdsa-sha2-nistp256 "
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFu8O1/gyfr7MffbfViCu2vryTQwipKAh0UaFyRBF0"
    "beAwoEW06Aa41cc1Pqn18q0955tBkcKagCziLNxZ+L4Hw=";
const std::string ecdsa_print = "SHA256:SRv+lX6nX4eky3Sg9/lbIWrJ+kljIRYMYs9A7XQZwbg";
const std::string hashed = "|1|CD4uYTby2ABFS4hwYA2HmlaBQO4=|VEisnLj6cdpsMjU7AZV2SXe/1rc= ";
const std::string hashed_2222 = "|1|NrqxTU1WRST2S9HX0/k0ph4YCyE=|MTXQXUpCv3RcRJJCwLXEmvi39xc= ";

std::string wire(const std::string& key) {
  return base64_decode(key.substr(key.find(' ') + 1)).value();
}

Verdict judge(const std::string& text, const std::string& host = "server.example",
              std::uint16_t port = 22, const std::string& key = ed25519) {
  const KnownHostsFile file{.path = "/h/known_hosts", .text = text};
  return check_host_key({&file, 1}, host, port, wire(key));
}

const char* name(Trust trust) {
  return trust == Trust::known     ? "known"
         : trust == Trust::unknown ? "unknown"
         : trust == Trust::changed ? "changed"
                                   : "revoked";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ssh_known_hosts)

BOOST_AUTO_TEST_CASE(fingerprints_are_those_of_ssh_keygen) {
  BOOST_TEST(fingerprint(wire(ed25519)) == ed25519_print);
  BOOST_TEST(fingerprint(wire(ecdsa)) == ecdsa_print);
  BOOST_TEST(key_type(wire(ecdsa)) == "ecdsa-sha2-nistp256");
  BOOST_TEST(key_type("") == "");
  BOOST_TEST(key_type(std::string("\0\0\0\x09ssh", 7)) == "");
}

BOOST_AUTO_TEST_CASE(names_of_an_entry_match_as_sshd_8_says) {
  struct Case {
    std::string names, host;
    std::uint16_t port;
    bool known;
  };
  const Case cases[] = {
      {"server.example", "server.example", 22, true},
      {"server.example", "SERVER.Example", 22, true},
      {"Server.EXAMPLE", "server.example", 22, true},
      {"server.example", "server.example", 2222, false},
      {"server.example", "server.exampl", 22, false},
      {"server.example", "xserver.example", 22, false},
      {"a,server.example,b", "server.example", 22, true},
      {"192.0.2.1,server.example", "192.0.2.1", 22, true},
      {"[server.example]:2222", "server.example", 2222, true},
      {"[server.example]:2222", "server.example", 22, false},
      {"[2001:db8::1]:2222", "2001:DB8::1", 2222, true},
      {"2001:db8::1", "2001:db8::1", 22, true},
      {"*.example", "server.example", 22, true},
      {"*.example", ".example", 22, true},
      {"*.example", "example", 22, false},
      {"*.example", "server.example.net", 22, false},
      {"s?rver.example", "server.example", 22, true},
      {"s?erver.example", "server.example", 22, false},
      {"*", "anything", 22, true},
      {"*", "anything", 2222, true},
      {"s*r*e", "server.example", 22, true},
      {"*.example,!server.example", "server.example", 22, false},
      {"!server.example,*.example", "server.example", 22, false},
      {"!server.example,*.example", "db.example", 22, true},
      {"!server.example", "db.example", 22, false},
      {hashed.substr(0, hashed.size() - 1), "server.example", 22, true},
      {hashed.substr(0, hashed.size() - 1), "SERVER.example", 22, true},
      {hashed.substr(0, hashed.size() - 1), "db.example", 22, false},
      {hashed.substr(0, hashed.size() - 1), "server.example", 2222, false},
      {hashed_2222.substr(0, hashed_2222.size() - 1), "server.example", 2222, true},
      {"|1|CD4uYTby2ABFS4hwYA2HmlaBQO4=", "server.example", 22, false},
      {"|1|!|!", "server.example", 22, false},
  };
  for (const auto& c : cases) {
    const auto verdict = judge(c.names + " " + ed25519 + "\n", c.host, c.port);
    BOOST_TEST(name(verdict.trust) == name(c.known ? Trust::known : Trust::unknown),
               c.names << " for " << c.host << ":" << c.port);
  }
}

BOOST_AUTO_TEST_CASE(a_verdict_names_the_line_that_decided) {
  const auto verdict =
      judge("# hosts of ours\n\n  server.example\t" + ed25519 + " root@server\r\n");
  BOOST_TEST(name(verdict.trust) == "known");
  BOOST_TEST(verdict.place == "/h/known_hosts:3");
  BOOST_TEST(verdict.fingerprint == ed25519_print);
  BOOST_TEST(verdict.key_type == "ssh-ed25519");
  // Without a newline at the end.
  BOOST_TEST(name(judge("server.example " + ed25519).trust) == "known");
}

BOOST_AUTO_TEST_CASE(another_key_of_the_type_is_a_change) {
  const auto verdict = judge("server.example " + other + "\n");
  BOOST_TEST(name(verdict.trust) == "changed");
  BOOST_TEST(verdict.place == "/h/known_hosts:1");
  BOOST_TEST(verdict.fingerprint == ed25519_print);
  BOOST_TEST(name(judge("* " + other + "\n").trust) == "changed");
  BOOST_TEST(name(judge(hashed + other + "\n").trust) == "changed");
}

BOOST_AUTO_TEST_CASE(while_a_host_changes_its_key_both_are_known) {
  const std::string both = "server.example " + other + "\nserver.example " + ed25519 + "\n";
  const auto verdict = judge(both);
  BOOST_TEST(name(verdict.trust) == "known");
  BOOST_TEST(verdict.place == "/h/known_hosts:2");
}

BOOST_AUTO_TEST_CASE(a_key_of_another_type_leaves_the_host_unknown_and_is_told) {
  const auto verdict = judge("server.example " + ecdsa + "\n");
  BOOST_TEST(name(verdict.trust) == "unknown");
  BOOST_TEST(verdict.place == "");
  BOOST_TEST(verdict.other_types == "/h/known_hosts:1");
}

BOOST_AUTO_TEST_CASE(a_revoked_key_stays_revoked_wherever_it_is_said) {
  const std::string line = "server.example " + ed25519 + "\n";
  const std::string revoked = "@revoked * " + ed25519 + "\n";
  for (const auto& text : {line + revoked, revoked + line, revoked}) {
    BOOST_TEST(name(judge(text).trust) == "revoked", text);
  }
  BOOST_TEST(judge(line + revoked).place == "/h/known_hosts:2");
  BOOST_TEST(name(judge(line + "@revoked * " + other).trust) == "known");
  BOOST_TEST(name(judge(line + "@revoked db.example " + ed25519).trust) == "known");

  const KnownHostsFile files[] = {{"/h/known_hosts", line}, {"/etc/ssh/ssh_known_hosts", revoked}};
  const auto verdict = check_host_key(files, "server.example", 22, wire(ed25519));
  BOOST_TEST(name(verdict.trust) == "revoked");
  BOOST_TEST(verdict.place == "/etc/ssh/ssh_known_hosts:1");
}

BOOST_AUTO_TEST_CASE(an_authority_vouches_for_nothing_and_is_told) {
  const auto verdict = judge("@cert-authority *.example " + ed25519 + "\n");
  BOOST_TEST(name(verdict.trust) == "unknown");
  BOOST_TEST(verdict.authority == "/h/known_hosts:1");
  BOOST_TEST(name(judge("@cert-authority * " + other + "\nserver.example " + ed25519).trust) ==
             "known");
  BOOST_TEST(judge("@cert-authority *.net " + ed25519).authority == "");
}

BOOST_AUTO_TEST_CASE(lines_that_cannot_be_read_count_for_nothing) {
  const std::string data = ed25519.substr(ed25519.find(' ') + 1);
  const std::string lines[] = {"server.example",
                               "server.example ssh-ed25519",
                               "server.example ssh-ed25519 !!!!",
                               "server.example ssh-rsa " + data,
                               "server.example ssh-ed25519 " + data.substr(0, 40),
                               "server.example ssh-ed25519 " + data + "=",
                               "@unheard server.example " + ed25519,
                               "#server.example " + ed25519,
                               "@revoked",
                               "",
                               "   ",
                               std::string("\0\0", 2)};
  for (const auto& line : lines) {
    const auto verdict = judge(line + "\n");
    BOOST_TEST(name(verdict.trust) != "known", line);
  }
  BOOST_TEST(name(judge("junk\nserver.example " + ed25519 + "\njunk").trust) == "known");
}

BOOST_AUTO_TEST_CASE(the_types_that_are_known_are_asked_for_first) {
  const KnownHostsFile files[] = {
      {"a", "server.example " + ecdsa + "\ndb.example " + ed25519 + "\n@revoked * " + other},
      {"b", hashed + ed25519 + "\nserver.example " + ecdsa}};
  const std::vector<std::string> expected = {"ecdsa-sha2-nistp256", "ssh-ed25519"};
  BOOST_TEST(known_key_types(files, "server.example", 22) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(known_key_types(files, "nobody.example", 22).empty());
}

BOOST_AUTO_TEST_CASE(a_written_line_is_read_again) {
  const std::string salt = "twenty bytes of salt";
  const auto plain = known_hosts_line("Server.example", 2222, wire(ed25519), "");
  BOOST_TEST(plain == "[server.example]:2222 " + ed25519 + "\n");
  const auto secret = known_hosts_line("Server.example", 2222, wire(ed25519), salt);
  BOOST_TEST(secret.find("server") == std::string::npos);
  for (const auto& line : {plain, secret}) {
    BOOST_TEST(name(judge(line, "server.example", 2222).trust) == "known");
    BOOST_TEST(name(judge(line, "server.example", 22).trust) == "unknown");
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_says_what_is_wrong_and_what_to_do) {
  const auto text = [](const std::string& file) {
    return refusal(judge(file), "Server.example", 22, "build");
  };
  const std::string head = "cannot trust the host server.example: its ED25519 key is ";
  const std::string enrol = "; if the fingerprint is right, run `consort ssh trust build`";
  BOOST_TEST(text("server.example " + ed25519) == "");
  BOOST_TEST(text("") == head + ed25519_print + ", and no known_hosts file has it" + enrol);
  BOOST_TEST(text("server.example " + ecdsa) ==
             head + ed25519_print +
                 ", and no known_hosts file has it (/h/known_hosts:1 has a key of another type)" +
                 enrol);
  BOOST_TEST(text("@cert-authority * " + other) ==
             head + ed25519_print +
                 ", and no known_hosts file has it (/h/known_hosts:1 trusts a certificate "
                 "authority, which is not supported)" +
                 enrol);
  BOOST_TEST(text("@revoked * " + ed25519) ==
             head + ed25519_print + ", which /h/known_hosts:1 revokes");
  const auto changed = text("server.example " + other);
  BOOST_TEST(changed.starts_with(head + ed25519_print + ", not the one of /h/known_hosts:1;"));
  BOOST_TEST(changed.find("consort ssh trust") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ssh_patterns)

BOOST_AUTO_TEST_CASE(many_stars_cost_no_exponential_time) {
  std::string stars, text(5000, 'a');
  for (int i = 0; i < 200; ++i) stars += "*a";
  const KnownHostsFile file{.path = "f", .text = stars + "b " + ed25519};
  BOOST_TEST(name(check_host_key({&file, 1}, text, 22, wire(ed25519)).trust) == "unknown");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::ssh
