#include "core/config/shape.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "core/base/text.h"

namespace consort::config {

namespace {

std::string names_of(std::span<const Field> fields) {
  constexpr std::size_t most = 8;
  std::vector<std::string> names;
  for (const auto& field : fields.first(std::min(fields.size(), most))) {
    names.emplace_back(field.name);
  }
  if (fields.size() > most) names.emplace_back("...");
  return base::join(names, ", ");
}

std::string range(const Shape& shape) {
  constexpr std::numeric_limits<std::int64_t> any;
  if (shape.low == any.min()) return shape.form == Form::real ? "such as 0.5" : "such as 10";
  return std::to_string(shape.low) +
         (shape.high == any.max() ? " or more" : " to " + std::to_string(shape.high));
}

std::string forms_of_map(const Shape& shape) {
  switch (shape.brief) {
    case Short::pairs:
    case Short::keys:
      return "{NAME: value}, [NAME=value, ...]";
    case Short::hosts:
      return "{NAME: ADDRESS}, [NAME=ADDRESS, ...]";
    case Short::names:
    case Short::needs:
      return "[NAME, ...], {NAME: {" + names_of(shape.values->fields) + "}}";
    default:
      return shape.values && !shape.values->fields.empty() ? "{NAME: {key: value}}"
                                                           : "{NAME: value}";
  }
}

std::string forms_of_list(const Shape& shape) {
  const Shape& item = *shape.items;
  const std::string one = item.fields.empty() ? "text" : '{' + names_of(item.fields) + '}';
  return (accepts(shape, a_text) ? "text, [" : "[") + one + ", ...]";
}

}  // namespace

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

std::string accepted_forms(const Shape& shape) {
  if (!shape.accepted.empty()) return std::string(shape.accepted);
  if (!shape.words.empty()) {
    return base::join(std::vector<std::string>(shape.words.begin(), shape.words.end()), ", ");
  }
  switch (shape.form) {
    case Form::boolean:
      return "true, false";
    case Form::duration:
      return "10s, 1m30s, 500ms";
    case Form::bytes:
      return "512, 64k, 300m, 2gb";
    case Form::whole:
    case Form::real:
      return range(shape);
    case Form::command:
      return "program argument, [program, argument]";
    case Form::object:
      return shape.fields.empty() ? "" : '{' + names_of(shape.fields) + '}';
    case Form::map:
    case Form::hosts:
    case Form::keys:
      return forms_of_map(shape);
    case Form::list:
      return shape.items ? forms_of_list(shape) : "";
    default:
      return {};
  }
}

}  // namespace consort::config
