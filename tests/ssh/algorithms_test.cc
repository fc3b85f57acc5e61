#include "plugins/ssh/algorithms.h"

#include <boost/test/unit_test.hpp>

namespace consort::ssh {

BOOST_AUTO_TEST_SUITE(ssh_algorithms)

// What libssh2 1.10 says of itself.
const std::vector<std::string> kex_1_10 = {"ecdh-sha2-nistp256",
                                           "ecdh-sha2-nistp384",
                                           "ecdh-sha2-nistp521",
                                           "curve25519-sha256",
                                           "curve25519-sha256@libssh.org",
                                           "diffie-hellman-group-exchange-sha256",
                                           "diffie-hellman-group-exchange-sha1",
                                           "diffie-hellman-group14-sha1",
                                           "diffie-hellman-group1-sha1"};
const std::vector<std::string> host_1_10 = {"ecdsa-sha2-nistp256",
                                            "ecdsa-sha2-nistp384",
                                            "ecdsa-sha2-nistp521",
                                            "ecdsa-sha2-nistp256-cert-v01@openssh.com",
                                            "ssh-ed25519",
                                            "ssh-rsa",
                                            "ssh-dss"};
const std::vector<std::string> host_1_11 = {"ecdsa-sha2-nistp256", "ssh-ed25519", "rsa-sha2-512",
                                            "rsa-sha2-256",        "ssh-rsa",     "ssh-dss"};

BOOST_AUTO_TEST_CASE(what_is_weak_is_never_asked_for) {
  BOOST_TEST(preferred_algorithms(Method::key_exchange, kex_1_10) ==
             "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
             "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256");
  BOOST_TEST(preferred_algorithms(Method::host_key, host_1_10) ==
             "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521");
  const std::vector<std::string> ciphers = {"aes256-ctr", "aes128-ctr", "aes256-cbc",
                                            "arcfour",    "3des-cbc",   "aes128-gcm@openssh.com"};
  BOOST_TEST(preferred_algorithms(Method::cipher, ciphers) ==
             "aes128-ctr,aes256-ctr,aes128-gcm@openssh.com");
  const std::vector<std::string> macs = {"hmac-sha2-512", "hmac-sha2-256", "hmac-sha1", "hmac-md5"};
  BOOST_TEST(preferred_algorithms(Method::mac, macs) == "hmac-sha2-256,hmac-sha2-512");
  const std::vector<std::string> weak = {"hmac-sha1", "hmac-md5"};
  BOOST_TEST(preferred_algorithms(Method::mac, weak) == "");
}

BOOST_AUTO_TEST_CASE(a_host_is_asked_for_a_key_that_is_known) {
  const std::vector<std::string> ecdsa = {"ecdsa-sha2-nistp384"};
  BOOST_TEST(preferred_algorithms(Method::host_key, host_1_10, ecdsa) ==
             "ecdsa-sha2-nistp384,ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp521");
  const std::vector<std::string> rsa = {"ssh-rsa"};
  BOOST_TEST(preferred_algorithms(Method::host_key, host_1_11, rsa) ==
             "rsa-sha2-512,rsa-sha2-256,ssh-ed25519,ecdsa-sha2-nistp256");
  BOOST_TEST(preferred_algorithms(Method::host_key, host_1_10, rsa) ==
             preferred_algorithms(Method::host_key, host_1_10));
}

BOOST_AUTO_TEST_CASE(rsa_needs_a_library_that_signs_with_sha_2) {
  BOOST_TEST(!has_rsa_sha2(host_1_10));
  BOOST_TEST(has_rsa_sha2(host_1_11));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::ssh
