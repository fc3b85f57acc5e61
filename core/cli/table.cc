#include "core/cli/table.h"

#include <algorithm>

#include "core/cli/terminal.h"

namespace consort::cli {

std::string Table::text() const {
  std::vector<std::size_t> widths(head_.size());
  const auto measure = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], visible_width(row[i]));
    }
  };
  measure(head_);
  for (const auto& row : rows_) measure(row);

  std::string text;
  const auto print = [&](const std::vector<std::string>& row) {
    std::string line;
    std::size_t pending = 0;
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      const std::size_t width = visible_width(row[i]);
      if (width > 0) {
        line.append(pending, ' ');
        line += row[i];
        pending = 0;
      }
      pending += widths[i] - width + 3;
    }
    text += line + '\n';
  };
  print(head_);
  for (const auto& row : rows_) print(row);
  return text;
}

}  // namespace consort::cli
