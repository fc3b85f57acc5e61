#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/node.h"

// What is wrong with a text that is no YAML, in words for people and at the place to look at.
namespace consort::config {

// How far the parser had come.
struct YamlProgress {
  Mark map;             // the innermost map that is open; line 0: none
  Mark sequence;        // the innermost list
  Mark scalar;          // the last scalar, at its tag or anchor where it has one
  bool quoted = false;  // it was not a plain word
};

struct YamlFault {
  Mark where;
  std::string cause;
};

// The parser stopped at `where` and said `message`.
YamlFault explain_yaml_fault(std::string_view text, const YamlProgress& progress, const Mark& where,
                             const std::string& message);

// The parser takes the end of the text for the end of a quoted scalar. The fault is at the quote.
std::optional<YamlFault> find_unclosed_quote(std::string_view text, const YamlProgress& progress);

}  // namespace consort::config
