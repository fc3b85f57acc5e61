#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace consort::cli {

// Columns as wide as their widest cell, three spaces apart, no spaces at a line's end. Pure.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string text() const;  // with the head, a newline after each line

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace consort::cli
