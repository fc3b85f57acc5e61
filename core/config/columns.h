#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/base/utf8.h"

namespace consort::config {

// Columns of one text from places in bytes. Fast where each place is near the one before.
class Columns {
 public:
  explicit Columns(std::string_view text) : text_(text) {}

  // 1-based, of the byte `at` in the line that begins at `start`.
  int of(std::size_t start, std::size_t at) {
    if (start != start_) {
      start_ = at_ = start;
      column_ = 0;
    }
    column_ += at < at_ ? -base::characters(piece(at, at_)) : base::characters(piece(at_, at));
    at_ = at;
    return static_cast<int>(column_) + 1;
  }

 private:
  std::string_view piece(std::size_t from, std::size_t to) const {
    return text_.substr(std::min(from, text_.size()), to - from);
  }

  const std::string_view text_;
  std::size_t start_ = 0;  // of the line
  std::size_t at_ = 0;
  std::ptrdiff_t column_ = 0;
};

}  // namespace consort::config
