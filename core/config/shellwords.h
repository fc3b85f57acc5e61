#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace consort::config {

struct Words {
  std::vector<std::string> words;
  // Where the command ended before the end of the text: at an unquoted ; & | < or >. npos: nowhere.
  std::size_t ended_at = std::string_view::npos;
};

// Splits a command line into words as Compose does, with quotes and backslashes but without a
// shell: nothing is expanded, and an unquoted ; & | < > ends the command. The error is the cause
// alone. Source: go-shellwords, as compose-go uses it.
base::Result<Words> split_words(std::string_view text);

}  // namespace consort::config
