#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace consort::base {

// Some parts of Consort are libraries of their own, lib/consort/consort-NAME.so, for what they
// link: ten libraries for an archive, OpenSSL for a probe. Only who uses one pays for it. Each
// exports one object by the name `consort_part`, of a struct that derives from this one.
struct Part {
  std::string_view version = CONSORT_VERSION;
};

// Loads the part from the folder lib beside this program's own; it stays loaded, and loading it
// again costs a look. An error says which file is not there, cannot be loaded or is of another
// build.
Result<const Part*> find_part(const std::string& name);

template <class T>
Result<const T*> load_part(const std::string& name) {
  const auto part = find_part(name);
  if (!part) return part.error();
  return static_cast<const T*>(*part);
}

}  // namespace consort::base
