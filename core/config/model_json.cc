#include "core/config/model_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/config/read.h"
#include "core/config/scalar.h"
#include "core/config/to_json.h"
#include "core/config/values.h"
#include "core/model/duration.h"

namespace consort::config {
namespace {

namespace json = boost::json;

const Printed nothing{nullptr, true};

// The text as it is: it was not interpolated, or could not be read.
Printed as_text(const Node& node) { return {json::string(node.text), false}; }

template <class T>
Printed number(const Node& node, const std::optional<T>& value, bool keep) {
  if (!value) return as_text(node);
  if (*value == T{} && !keep) return nothing;
  return {*value, false};
}

// The nearest value of single precision, in its shortest form.
Printed real(const Node& node, const Shape& shape) {
  const auto value = value_of_real(node);
  if (!value) return as_text(node);
  const auto single = static_cast<float>(*value);
  if (single == 0 && !shape.keep) return nothing;
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, single, std::chars_format::scientific).ptr;
  double shown = 0;
  std::from_chars(buffer, end, shown);
  if (std::fabs(shown) < 1e15 && shown == std::floor(shown)) {
    return {static_cast<std::int64_t>(shown), false};
  }
  return {shown, false};
}

Printed bytes(const Node& node, const Shape& shape) {
  auto value = value_of_bytes(node);
  if (!value) return as_text(node);
  if (read_scalar(node).type == ScalarType::real) value = 0;  // as Docker Compose has it
  if (*value == 0 && !shape.keep) return nothing;
  return {json::string(std::to_string(*value)), false};
}

// As Go prints it: the smaller units stay where they are zero ("1h0m0s").
std::string go_duration(model::Duration value) {
  using std::chrono::seconds;
  if (value < seconds(1) && value > -seconds(1)) return model::format_duration(value);
  const std::int64_t whole = value.count() < 0 ? -value.count() : value.count();
  const std::int64_t total = whole / 1'000'000'000;
  std::string fraction = std::to_string(1'000'000'000 + whole % 1'000'000'000).substr(1);
  while (fraction.ends_with('0')) fraction.pop_back();
  std::string text = value.count() < 0 ? "-" : "";
  if (total >= 3600) text += std::to_string(total / 3600) + 'h';
  if (total >= 60) text += std::to_string(total / 60 % 60) + 'm';
  text += std::to_string(total % 60);
  if (!fraction.empty()) text += '.' + fraction;
  return text + 's';
}

Printed duration(const Node& node, const Shape& shape) {
  const auto value = model::parse_duration(node.text);
  if (!value) return as_text(node);
  if (value->count() == 0 && !shape.keep) return nothing;
  return {json::string(go_duration(*value)), false};
}

Printed mode(const Node& node) {
  const auto value = value_of_mode(node);
  if (!value) return as_text(node);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "0%llo", static_cast<unsigned long long>(*value));
  return {json::string(buffer), false};
}

Printed text(std::string value, const Shape& shape) {
  if (value.empty() && !shape.keep) return nothing;
  return {json::string(value), false};
}

Printed scalar(const Node& node, const Shape& shape) {
  switch (shape.form) {
    case Form::text:
      return text(node.text, shape);
    case Form::text_or_whole:
    case Form::port:
      return text(read_scalar(node).type == ScalarType::integer ? plain_text(node) : node.text,
                  shape);
    case Form::any_text:
    case Form::maybe_text:
      return {json::string(plain_text(node)), false};
    case Form::boolean:
      return number(node, value_of_boolean(node), shape.keep);
    case Form::whole:
    case Form::limit:
      return number(node, value_of_whole(node), shape.keep);
    case Form::count:
      return number(node, value_of_count(node), shape.keep);
    case Form::real:
      return real(node, shape);
    case Form::bytes:
      return bytes(node, shape);
    case Form::duration:
      return duration(node, shape);
    case Form::mode:
      return mode(node);
    default:
      return {to_json(node), false};
  }
}

Printed list(const Node& node, const Shape& shape) {
  json::array array;
  array.reserve(node.items.size());
  for (const auto& item : node.items) {
    Printed printed = shape.items ? print_model(item, *shape.items) : Printed{to_json(item), false};
    // The place in a list counts.
    array.push_back(printed.skip ? json::value(item.is_map() ? json::value(json::object())
                                                             : json::value(json::string()))
                                 : std::move(printed.value));
  }
  return {std::move(array), node.items.empty() && shape.form != Form::command};
}

json::value zero_of(const Shape& shape) {
  if (shape.form == Form::whole) return 0;
  return json::string(shape.form == Form::bytes ? "0" : "");
}

Printed object(const Node& node, const Shape& shape) {
  json::object object;
  for (const auto& entry : node.entries) {
    const Field* field = find_field(shape, entry.key);
    if (!field) continue;
    Printed printed = print_model(entry.value, *field->shape);
    if (!printed.skip) {
      object[field->printed.empty() ? field->name : field->printed] = std::move(printed.value);
    }
  }
  for (const auto& field : shape.fields) {
    if (field.printed.empty() || object.contains(field.printed)) continue;
    object[field.printed] = zero_of(*field.shape);
  }
  return {std::move(object), false};
}

Printed map(const Node& node, const Shape& shape) {
  std::vector<const Entry*> entries;
  for (const auto& entry : node.entries) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const Entry* a, const Entry* b) { return a->key < b->key; });
  json::object object;
  object.reserve(entries.size());
  for (const Entry* each : entries) {
    const Entry& entry = *each;
    Printed printed = shape.values ? print_model(entry.value, *shape.values)
                                   : Printed{to_json(entry.value), false};
    if (entry.value.is_null()) {
      const Form form = shape.values ? shape.values->form : Form::raw;
      object[entry.key] = form == Form::any_text ? json::value(json::string()) : nullptr;
    } else {
      object[entry.key] = std::move(printed.value);
    }
  }
  const bool empty = object.empty();
  return {std::move(object), empty};
}

Printed pairs(const Node& node, char separator) {
  std::vector<std::string> lines;
  for (const auto& entry : node.entries) {
    if (entry.value.is_scalar()) lines.push_back(entry.key + separator + entry.value.text);
    for (const auto& item : entry.value.items) {
      lines.push_back(entry.key + separator + item.text);
    }
    if (entry.value.is_null()) lines.push_back(entry.key);
  }
  std::sort(lines.begin(), lines.end());
  json::array array;
  for (const auto& line : lines) array.push_back(json::string(line));
  return {std::move(array), lines.empty()};
}

}  // namespace

Printed print_model(const Node& node, const Shape& shape) {
  if (shape.hidden || node.broken) return nothing;
  switch (node.kind) {
    case Kind::null:
      return {nullptr, shape.form != Form::command && shape.form != Form::maybe_text};
    case Kind::scalar:
      return scalar(node, shape);
    case Kind::sequence:
      return list(node, shape);
    case Kind::map:
      break;
  }
  switch (shape.form) {
    case Form::hosts:
    case Form::keys:
      return pairs(node, '=');
    case Form::map:
      return map(node, shape);
    case Form::raw:
      return {to_json(node), false};
    default:
      return object(node, shape);
  }
}

}  // namespace consort::config
