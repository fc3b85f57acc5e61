#include "core/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/base/text.h"

namespace consort::cli {
namespace {

constexpr std::size_t longest_sgr = 64;  // a sequence without end would hide the text behind it

// Does "0;38;5;8;8" conceal the text? The number behind 38, 48 or 58 is part of a colour.
bool conceals(std::string_view parameters) {
  std::size_t passed_over = 0;
  bool color = false;
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const std::string_view whole = parameters.substr(0, end);
    parameters = end == std::string_view::npos ? std::string_view() : parameters.substr(end + 1);
    std::string_view number = whole.substr(0, whole.find(':'));
    while (number.size() > 1 && number.starts_with('0')) number.remove_prefix(1);
    if (color) {
      color = false;
      passed_over = number == "5" ? 1 : number == "2" ? 3 : 0;
    } else if (passed_over > 0) {
      --passed_over;
    } else if (number == "38" || number == "48" || number == "58") {
      color = number.size() == whole.size();
    } else if (number == "8") {
      return true;
    }
  }
  return false;
}

// The length of the SGR sequence ("ESC [ digits ; : m") at the start of the text, or 0. One that
// hides the text is none.
std::size_t sgr_length(std::string_view text) {
  if (text.size() < 3 || text[0] != '\x1b' || text[1] != '[') return 0;
  const std::size_t end = text.find_first_not_of("0123456789;:", 2);
  if (end == std::string_view::npos || text[end] != 'm' || end >= longest_sgr) return 0;
  return conceals(text.substr(2, end - 2)) ? 0 : end + 1;
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

int Terminal::width() const {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

Terminal look_at(int fd, Ansi ansi, const char* no_color, const char* term) {
  Terminal terminal;
  terminal.fd = fd;
  terminal.is_terminal = ::isatty(fd) == 1;
  const bool dumb = term == nullptr || *term == '\0' || std::strcmp(term, "dumb") == 0;
  const bool plain = no_color != nullptr && *no_color != '\0';
  switch (ansi) {
    case Ansi::always:
      terminal.colors = true;
      terminal.cursor = terminal.is_terminal;
      break;
    case Ansi::never:
      break;
    case Ansi::automatic:
      terminal.cursor = terminal.is_terminal && !dumb;
      terminal.colors = terminal.cursor && !plain;
      break;
  }
  return terminal;
}

std::string paint(const Terminal& terminal, Color color, std::string_view text) {
  if (!terminal.colors || color == Color::none) return std::string(text);
  static constexpr const char* codes[] = {"0", "31", "32", "33", "34", "35", "36", "2"};
  std::string painted = "\x1b[";
  painted += codes[static_cast<std::size_t>(color)];
  painted += 'm';
  painted += text;
  painted += "\x1b[0m";
  return painted;
}

std::string harmless(std::string_view text, std::string_view kept) {
  std::string shown;
  shown.reserve(text.size());
  bool colored = false;
  while (!text.empty()) {
    if (const std::size_t length = sgr_length(text); length > 0) {
      shown += text.substr(0, length);
      colored = true;
      text.remove_prefix(length);
      continue;
    }
    const std::size_t next = std::min(text.find('\x1b', 1), text.size());
    shown += base::visible(text.substr(0, next), kept);
    text.remove_prefix(next);
  }
  if (colored) shown += "\x1b[0m";  // a colour left on must not run into the next line
  return shown;
}

std::size_t visible_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (const std::size_t length = sgr_length(text); length > 0) {
      text.remove_prefix(length);
      continue;
    }
    if (!continues_character(text.front())) ++width;
    text.remove_prefix(1);
  }
  return width;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (visible_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string cut;
  bool colored = false;
  std::size_t width = 0;
  while (!text.empty()) {
    if (const std::size_t length = sgr_length(text); length > 0) {
      cut += text.substr(0, length);
      colored = true;
      text.remove_prefix(length);
      continue;
    }
    if (!continues_character(text.front()) && ++width == columns) break;
    cut += text.front();
    text.remove_prefix(1);
  }
  cut += "…";
  if (colored) cut += "\x1b[0m";
  return cut;
}

}  // namespace consort::cli
