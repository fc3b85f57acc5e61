#include "core/cli/screen.h"

#include <sys/ioctl.h>

namespace consort::cli {
namespace {

std::size_t height_of(const Terminal& terminal) {
  winsize size{};
  if (::ioctl(terminal.fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
  return 24;
}

}  // namespace

Screen::Screen(Context& context, Aim aim) : context_(context), progress_(aim) {}

void Screen::apply(const model::Event& event) {
  const std::lock_guard lock(mutex_);
  const auto line = progress_.apply(event);
  if (line && event.service.empty()) return apply_message(*line);
  if (context_.progress == ProgressMode::tty) {
    if (!line) return;
    erase();
    paint_table();
  } else if (context_.progress == ProgressMode::plain && line) {
    context_.err.message(*line);
    context_.err.flush();
  }
}

// A percentage is soon out of date: on a terminal it is a bar, elsewhere it is left out.
void Screen::apply_message(const std::string& line) {
  const bool passes = bars_.take(line);
  if (context_.progress == ProgressMode::tty) {
    erase();
    if (!passes) context_.err.line(harmless(line));
    paint_table();
    context_.err.flush();
  } else if (context_.progress == ProgressMode::plain && !passes) {
    context_.err.message(line);
    context_.err.flush();
  }
}

void Screen::print(std::string_view text) {
  if (text.empty()) return;
  const std::lock_guard lock(mutex_);
  const bool table = painted_ > 0;
  if (table) {
    erase();
    context_.err.flush();
  }
  context_.out.write(text);
  context_.out.flush();
  if (table) paint_table();
}

void Screen::note(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const bool table = painted_ > 0;
  erase();
  context_.err.line(harmless(line, "\t\n"));
  context_.err.flush();
  if (table) paint_table();
}

void Screen::finish() {
  const std::lock_guard lock(mutex_);
  const bool bars = !bars_.empty();
  bars_.clear();
  if (bars && context_.progress == ProgressMode::tty) {
    erase();
    paint_table();
  }
  painted_ = 0;
  context_.err.flush();
}

void Screen::restart(Aim aim) {
  const std::lock_guard lock(mutex_);
  painted_ = 0;
  progress_ = Progress(aim);
}

void Screen::erase() {
  if (painted_ == 0) return;
  context_.err.write("\x1b[" + std::to_string(painted_) + "A\x1b[J");
  painted_ = 0;
}

void Screen::paint_table() {
  if (progress_.empty() && bars_.empty()) return;
  const auto width = static_cast<std::size_t>(context_.err_terminal.width());
  const std::size_t height = height_of(context_.err_terminal) - 1;
  std::vector<std::string> bars = bars_.lines(width);
  if (bars.size() > height / 2) bars.resize(height / 2);
  std::vector<std::string> lines;
  if (!progress_.empty()) {
    lines = progress_.table(context_.err_terminal, width, height - bars.size());
  }
  lines.insert(lines.end(), bars.begin(), bars.end());
  for (const auto& line : lines) context_.err.line(line);
  painted_ = lines.size();
  context_.err.flush();
}

}  // namespace consort::cli
