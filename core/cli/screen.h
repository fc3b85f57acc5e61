#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "core/cli/bars.h"
#include "core/cli/context.h"
#include "core/cli/progress.h"

namespace consort::cli {

// Shows the progress of one operation on standard error, and lets other threads print meanwhile:
// on a terminal a table that is repainted in place, below everything that is printed, and below it
// bars of how far things have come; elsewhere plain lines. Any thread.
class Screen {
 public:
  Screen(Context& context, Aim aim);
  ~Screen() { finish(); }

  void apply(const model::Event& event);
  // Prints to standard output, above the table.
  void print(std::string_view text);
  // Prints a line to standard error, above the table.
  void note(std::string_view line);
  // Leaves the table as it stands and starts an empty one.
  void finish();
  void restart(Aim aim);

 private:
  void apply_message(const std::string& line);
  void erase();
  void paint_table();

  std::mutex mutex_;
  Context& context_;
  Progress progress_;
  Bars bars_;                // below the table
  std::size_t painted_ = 0;  // lines of both on the terminal
};

}  // namespace consort::cli
