#include "plugins/ssh/library.h"

#include <consort/values.hpp>

#include <mutex>

#include "plugins/ssh/algorithms.h"

namespace consort::ssh {

void use_library() {
  static std::once_flag once;
  int failed = 0;
  std::call_once(once, [&] { failed = libssh2_init(0); });
  if (failed != 0) throw Error(CONSORT_E_FAILED, "cannot use libssh2");
}

std::vector<std::string> supported_algorithms(LIBSSH2_SESSION* session, int method) {
  const char** names = nullptr;
  std::vector<std::string> all;
  const int count = libssh2_session_supported_algs(session, method, &names);
  for (int i = 0; i < count; ++i) all.emplace_back(names[i]);
  if (count > 0) libssh2_free(session, names);
  return all;
}

void prefer_algorithms(LIBSSH2_SESSION* session, const std::vector<std::string>& known_types) {
  const struct {
    Method method;
    std::vector<int> of_library;
  } all[] = {{Method::key_exchange, {LIBSSH2_METHOD_KEX}},
             {Method::host_key, {LIBSSH2_METHOD_HOSTKEY}},
             {Method::cipher, {LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC}},
             {Method::mac, {LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC}}};
  for (const auto& [method, of_library] : all) {
    for (const int one : of_library) {
      const auto supported = supported_algorithms(session, one);
      const std::string wanted = preferred_algorithms(method, supported, known_types);
      if (libssh2_session_method_pref(session, one, wanted.c_str()) != 0) {
        throw Error(CONSORT_E_FAILED, "cannot use libssh2: it has no strong algorithms");
      }
    }
  }
}

}  // namespace consort::ssh
