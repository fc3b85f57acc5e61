#include "core/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace consort::cli {
namespace {

// The length of the SGR sequence ("ESC [ digits ; : m") at the start of the text, or 0.
std::size_t sgr_length(std::string_view text) {
  if (text.size() < 3 || text[0] != '\x1b' || text[1] != '[') return 0;
  const std::size_t end = text.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
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

std::string harmless(std::string_view text) {
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
    const auto byte = static_cast<unsigned char>(text.front());
    // C1 controls are two bytes in UTF-8: C2 80 .. C2 9F; U+009B would start a sequence.
    const bool c1 =
        byte == 0xc2 && text.size() > 1 && (static_cast<unsigned char>(text[1]) & 0xe0) == 0x80;
    if (c1) {
      shown += "^[";
      shown += static_cast<char>(static_cast<unsigned char>(text[1]) - 0x40);
      text.remove_prefix(2);
      continue;
    }
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
      shown += '^';
      shown += static_cast<char>(byte ^ 0x40);
    } else {
      shown += static_cast<char>(byte);
    }
    text.remove_prefix(1);
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
