#include "core/config/to_json.h"

#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/config/scalar.h"

namespace consort::config {
namespace {

boost::json::value scalar_to_json(const Node& node) {
  const Scalar scalar = read_scalar(node);
  switch (scalar.type) {
    case ScalarType::integer:
      return scalar.integer;
    case ScalarType::real:
      if (const auto whole = read_unsigned(node)) return *whole;
      if (scalar.real == std::floor(scalar.real) && std::fabs(scalar.real) < 1e15) {
        return static_cast<std::int64_t>(scalar.real);
      }
      return scalar.real;
    case ScalarType::boolean:
      return scalar.boolean;
    case ScalarType::time:
      return boost::json::string(scalar.time);
    case ScalarType::text:
      break;
  }
  return boost::json::string(node.text);
}

}  // namespace

boost::json::value to_json(const Node& node) {
  switch (node.kind) {
    case Kind::null:
      return nullptr;
    case Kind::scalar:
      return scalar_to_json(node);
    case Kind::sequence: {
      boost::json::array array;
      array.reserve(node.items.size());
      for (const auto& item : node.items) array.push_back(to_json(item));
      return array;
    }
    case Kind::map: {
      boost::json::object object;
      object.reserve(node.entries.size());
      for (const auto& entry : node.entries) {
        if (!entry.key.starts_with("x-")) object[entry.key] = to_json(entry.value);
      }
      return object;
    }
  }
  return nullptr;
}

}  // namespace consort::config
