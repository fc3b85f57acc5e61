#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/node.h"
#include "core/model/location.h"

namespace consort::config {

enum class Severity { warning, error };

// One thing to say about a file. `text` reads "cannot X: cause".
struct Diagnostic {
  model::Location where;
  Severity severity = Severity::error;
  std::string text;
};

// "file:line:column: text"; warnings read the same, the caller says which they are.
std::string to_string(const Diagnostic& diagnostic);

// Collects what is wrong, so that a person sees it all at once: of each severity up to `most`, the
// others are counted.
class Diagnostics {
 public:
  void error(const Mark& where, std::string text);
  void warn(const Mark& where, std::string text);
  void add(model::Location where, Severity severity, std::string text);

  std::size_t errors() const { return errors_; }
  bool failed() const { return errors_ > 0; }
  // Further errors are only counted: nobody reads what is found out for them.
  bool enough() const { return errors_ >= most; }

  // Everything of one severity, in the order of `files` (as shown), then of lines;
  // at the end, how many more there are.
  std::vector<Diagnostic> take(Severity severity, const std::vector<std::string>& files);

 private:
  static constexpr std::size_t most = 200;

  std::vector<Diagnostic> all_;  // those that are kept
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

// What a value is, for a message: "two" in quotes, "a map", "a list", "no value".
std::string describe(const Node& node);

// "\"text\"", cut where it is long; control characters are escaped.
std::string quote(std::string_view text);

}  // namespace consort::config
