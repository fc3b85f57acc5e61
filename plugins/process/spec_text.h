#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace consort::process {

// The text of a shim's spec file: NUL-terminated key=value records (shim/README.md).
class SpecText {
 public:
  SpecText& add(std::string_view key, std::string_view value) {
    text_.append(key).append(1, '=').append(value).append(1, '\0');
    return *this;
  }
  SpecText& add(std::string_view key, std::uint64_t value) {
    return add(key, std::string_view(std::to_string(value)));
  }
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

// The values of `key` in a spec's text, in order. Views into `text`.
std::vector<std::string_view> spec_values(std::string_view text, std::string_view key);

// The last value of `key`, or "".
std::string_view spec_value(std::string_view text, std::string_view key);

// A spec's text without the records of any of `keys`: what an exec takes over from its service.
std::string spec_without(std::string_view text, const std::vector<std::string_view>& keys);

}  // namespace consort::process
