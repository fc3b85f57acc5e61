#include "plugins/ssh/origin.h"

#include <consort/values.hpp>

#include <fstream>
#include <random>

namespace consort::ssh {

std::string origin(const std::string& path) {
  std::string word;
  std::ifstream(path) >> word;
  if (!word.empty()) return word;
  std::random_device random;
  constexpr char digits[] = "0123456789abcdef";
  for (int i = 0; i < 8; ++i) word += digits[random() & 15];
  std::ofstream file(path);
  file << word << "\n";
  if (!file.flush()) throw Error(CONSORT_E_FAILED, "cannot write " + path);
  return word;
}

}  // namespace consort::ssh
