#include "core/config/shape.h"

#include <algorithm>
#include <string>

#include "core/base/text.h"

namespace consort::config {

const Field* find_field(const Shape& shape, std::string_view name) {
  const auto found = std::find_if(shape.fields.begin(), shape.fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == shape.fields.end() ? nullptr : &*found;
}

std::string describe(const Shape& shape) {
  if (!shape.what.empty()) return std::string(shape.what);
  if (shape.form == Form::boolean) return "a boolean";
  if (shape.form == Form::duration) return "a duration";
  if (shape.form == Form::bytes) return "a size";
  std::vector<std::string> types;
  const bool number = accepts(shape, a_number);
  if (accepts(shape, a_text) && shape.form != Form::whole && shape.form != Form::real) {
    types.emplace_back("a text");
  }
  if (number) types.emplace_back(shape.form == Form::whole ? "a whole number" : "a number");
  if (accepts(shape, a_boolean)) types.emplace_back("a boolean");
  if (accepts(shape, a_list)) types.emplace_back("a list");
  if (accepts(shape, a_map)) types.emplace_back("a map");
  return base::join(types, " or ");
}

}  // namespace consort::config
