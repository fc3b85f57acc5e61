#pragma once

#include <string>
#include <string_view>

namespace consort::cli {

// What a stream can show. Read once at the start; the width is asked for each time.
struct Terminal {
  int fd = 1;
  bool is_terminal = false;
  bool colors = false;  // SGR sequences may be written
  bool cursor = false;  // lines may be repainted

  int width() const;  // columns; 80 where nobody knows
};

enum class Ansi { automatic, always, never };

// `ansi` of --ansi; NO_COLOR (no-color.org: set and not empty) and TERM=dumb turn colours off
// unless `always`. TERM=dumb also turns repainting off.
Terminal look_at(int fd, Ansi ansi, const char* no_color, const char* term);

enum class Color { none, red, green, yellow, blue, magenta, cyan, dim };

// `text` in a colour where the terminal has colours, else as it is.
std::string paint(const Terminal& terminal, Color color, std::string_view text);

// For lines that a program wrote: on a terminal every control character but tab and SGR (colour)
// sequences is shown, not obeyed: "\x1b[2J" becomes "^[[2J". A service can so neither move the
// cursor over other lines nor answer for the terminal.
// What would hide text is shown as well: SGR 8, sequences without end, changes of direction.
std::string harmless(std::string_view text, std::string_view kept = "\t");

// How many columns the text takes: UTF-8 characters count one, SGR sequences none.
std::size_t visible_width(std::string_view text);

// At most `columns` of the text, SGR sequences kept; a cut text ends in "…".
std::string fit(std::string_view text, std::size_t columns);

}  // namespace consort::cli
