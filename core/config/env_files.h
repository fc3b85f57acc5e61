#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/config/diagnostic.h"
#include "core/config/interpolate.h"
#include "core/config/node.h"

namespace consort::config {

// The text of a file, or the system's reason why not.
using ReadFile = std::function<base::Result<std::string>(const std::string& path)>;

// How a file's name is shown to people, by its absolute path.
using ShowFile = std::function<const std::string&(const std::string& path)>;

// Reads the files that a service names, all paths absolute: a later file wins.
class EnvFiles {
 public:
  EnvFiles(const Lookup& variables, const ReadFile& read, const ShowFile& show, Diagnostics& out)
      : variables_(variables), read_(read), show_(show), out_(out) {}

  // A map of the variables of a canonical `env_file`. Inside a file an earlier file is asked first,
  // then the project's variables, then the lines before.
  Node read_environment(const Node& files, const Path& path) const;

  // A map of the labels of a canonical `label_file`.
  Node read_labels(const Node& files, const Path& path) const;

 private:
  void read(const Node& file, const std::string& format, bool required, const Path& path,
            const Lookup& lookup, Node& into) const;

  const Lookup& variables_;
  const ReadFile& read_;
  const ShowFile& show_;
  Diagnostics& out_;
};

}  // namespace consort::config
