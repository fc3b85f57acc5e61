#pragma once

#include <deque>
#include <string>
#include <vector>

namespace consort::config {

// The names of files as they are shown to people, in the order in which they were opened. A mark
// points to one, so they stay where they are.
class FileNames {
 public:
  const std::string& add(std::string name) {
    for (const auto& known : names_) {
      if (known == name) return known;
    }
    return names_.emplace_back(std::move(name));
  }
  std::vector<std::string> all() const { return {names_.begin(), names_.end()}; }

 private:
  std::deque<std::string> names_;
};

}  // namespace consort::config
