#include "plugins/process/spec_text.h"

#include <algorithm>

namespace consort::process {
namespace {

template <class Visit>
void each_record(std::string_view text, Visit visit) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\0', start), text.size());
    const std::string_view record = text.substr(start, end - start);
    const std::size_t equals = record.find('=');
    if (equals != std::string_view::npos) {
      visit(record.substr(0, equals), record.substr(equals + 1));
    }
    start = end + 1;
  }
}

}  // namespace

std::vector<std::string_view> spec_values(std::string_view text, std::string_view key) {
  std::vector<std::string_view> values;
  each_record(text, [&](std::string_view k, std::string_view v) {
    if (k == key) values.push_back(v);
  });
  return values;
}

std::string_view spec_value(std::string_view text, std::string_view key) {
  const auto values = spec_values(text, key);
  return values.empty() ? std::string_view() : values.back();
}

std::string spec_without(std::string_view text, const std::vector<std::string_view>& keys) {
  SpecText rest;
  each_record(text, [&](std::string_view k, std::string_view v) {
    if (std::find(keys.begin(), keys.end(), k) == keys.end()) rest.add(k, v);
  });
  return rest.str();
}

}  // namespace consort::process
