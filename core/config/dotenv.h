#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/diagnostic.h"
#include "core/config/interpolate.h"

namespace consort::config {

struct EnvLine {
  std::string name;
  std::optional<std::string> value;  // none: a bare NAME that the environment does not set
  int line = 0;
};

// Reads a .env file: NAME=value, export NAME=value, NAME: value, bare NAME; comments; quotes.
// Values without quotes or in double quotes are interpolated: `outer` is asked first, then the
// lines before. Errors go to `out` with their line; what could be read is returned all the same.
// Source: Compose specification, "Env_file format", and compose-go's dotenv package.
std::vector<EnvLine> parse_dotenv(std::string_view text, const std::string& file,
                                  const Lookup& outer, Diagnostics& out);

// `format: raw` of an env_file: everything behind the first `=` is the value as it stands.
std::vector<EnvLine> parse_raw_env(std::string_view text, const std::string& file,
                                   const Lookup& outer, Diagnostics& out);

}  // namespace consort::config
