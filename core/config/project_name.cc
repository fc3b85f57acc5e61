#include "core/config/project_name.h"

#include <algorithm>

namespace consort::config {
namespace {

bool is_start(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_part(char c) { return is_start(c) || c == '_' || c == '-'; }

}  // namespace

bool is_project_name(std::string_view name) {
  return !name.empty() && is_start(name[0]) && std::all_of(name.begin(), name.end(), is_part);
}

std::string normalize_project_name(std::string_view name) {
  std::string result;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (result.empty() ? is_start(c) : is_part(c)) result += c;
  }
  return result;
}

}  // namespace consort::config
