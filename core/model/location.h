#pragma once

#include <string>

namespace consort::model {

// A place in a file: 1-based line and column; line 0 means "no place" (a default, the environment).
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  friend bool operator==(const Location&, const Location&) = default;
};

// "file:line:column", "file" where there is no line, "" where there is no file.
std::string to_string(const Location& location);

}  // namespace consort::model
