#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace consort::docker {

// A .dockerignore file: what of a build context is not sent. The last rule that matches a path, or
// a folder above it, counts; "!" takes it back. Source: docs.docker.com, "Build context", and
// moby's patternmatcher.
class IgnoreRules {
 public:
  explicit IgnoreRules(std::string_view file = {});

  // `path`: relative to the context, with "/" between.
  bool ignored(std::string_view path) const;
  // Whether nothing below this ignored folder can be taken back, so that it need not be read.
  bool ignored_whole(std::string_view folder) const;

 private:
  struct Rule {
    std::string pattern;
    bool exception;
  };
  std::vector<Rule> rules_;
};

// Whether the whole path matches: "*" and "?" within a name, "**" over any number of them, "[a-z]".
bool matches_glob(std::string_view pattern, std::string_view path);

}  // namespace consort::docker
