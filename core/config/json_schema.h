#pragma once

#include <memory>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/base/result.h"
#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// A JSON Schema (draft 7), ready to check values that were read from a file.
class JsonSchema {
 public:
  // The error is the cause alone.
  static base::Result<std::unique_ptr<JsonSchema>> compile(boost::json::object schema);
  ~JsonSchema();
  JsonSchema(const JsonSchema&) = delete;
  JsonSchema& operator=(const JsonSchema&) = delete;

  // Checks `value`, which was made from `node` at `path`. Errors read "cannot read PATH<what>: ..."
  // and stand at the part of the node that the schema complains about, as far as the node has the
  // value's shape; nothing is said of what is broken there. Where the schema has an `errorMessage`
  // beside a constraint, it says what is accepted.
  void check(const boost::json::value& value, const Node& node, const Path& path,
             std::string_view what, Diagnostics& out);

 private:
  struct Compiled;
  JsonSchema();

  boost::json::object schema_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace consort::config
