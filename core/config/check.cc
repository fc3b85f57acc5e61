#include "core/config/check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <vector>

#include "core/base/text.h"
#include "core/config/read.h"
#include "core/config/scalar.h"
#include "core/config/values.h"

namespace consort::config {
namespace {

constexpr unsigned a_nothing = 256;  // not finite: no JSON has it

unsigned type_of(const Node& node) {
  switch (node.kind) {
    case Kind::null:
      return a_null;
    case Kind::map:
      return a_map;
    case Kind::sequence:
      return a_list;
    case Kind::scalar:
      break;
  }
  const Scalar scalar = read_scalar(node);
  switch (scalar.type) {
    case ScalarType::integer:
      return a_whole;
    case ScalarType::real:
      if (!std::isfinite(scalar.real)) return a_nothing;
      return scalar.real == std::floor(scalar.real) ? a_whole : a_real;
    case ScalarType::boolean:
      return a_boolean;
    case ScalarType::time:
      return a_time;
    case ScalarType::text:
      break;
  }
  return a_text;
}

constexpr std::int64_t any_low = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t any_high = std::numeric_limits<std::int64_t>::max();
constexpr unsigned scalars = a_text | a_number | a_boolean | a_time;

// Texts that are taken apart, so that what they were is lost: they are judged as they are.
bool is_taken_apart(const Shape& shape) {
  switch (shape.brief) {
    case Short::volume:
    case Short::device:
    case Short::words:
    case Short::host:
      return true;
    default:
      return false;
  }
}
// The same of the items of a list.
bool has_items_taken_apart(const Shape& shape) {
  switch (shape.brief) {
    case Short::pairs:
    case Short::names:
    case Short::needs:
    case Short::hosts:
    case Short::keys:
      return true;
    default:
      return false;
  }
}

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

class Checker {
 public:
  Checker(const CheckRules& rules, Diagnostics& out) : rules_(rules), out_(out) {}

  void check(Node& node, const Shape& shape, const Path& path, bool exact) {
    if (node.broken || node.tag == Tag::reset) return;
    const unsigned type = type_of(node);
    if (type == a_nothing) return wrong(node, shape, path);
    exact = exact || (rules_.values && node.is_scalar() && is_taken_apart(shape));
    if (!accepts(shape, type)) {
      if (type == a_null) {
        if (rules_.complete && exact) wrong(node, shape, path);
        return;
      }
      const bool scalar = (type & scalars) != 0;
      if (scalar && accepts(shape, scalars)) {
        // Outside a container a number is as good as its text.
        const bool text = shape.form == Form::text || shape.form == Form::text_or_whole;
        if (exact || (rules_.values && !text)) wrong_scalar(node, type, shape, path);
        return;
      }
      if (rules_.values) wrong(node, shape, path);
      return;
    }
    if (node.is_scalar() && rules_.values) check_scalar(node, shape, path);
    if (node.is_map()) check_map(node, shape, path, exact);
    if (node.is_sequence()) check_list(node, shape, path, exact);
  }

 private:
  static std::string accepted(const Shape& shape, const Node& node) {
    const bool list = shape.accepts == a_list && shape.items && accepts(*shape.items, a_text);
    const bool one = list && node.is_scalar() && shape.accepted.empty();
    return one ? '[' + quote(node.text) + ']' : accepted_forms(shape);
  }

  void wrong(Node& node, const Shape& shape, const Path& path) {
    wrong_value(node, path, describe(shape), accepted(shape, node), out_);
    node.broken = true;
  }

  void wrong_scalar(Node& node, unsigned type, const Shape& shape, const Path& path) {
    const bool text = shape.form == Form::text || shape.form == Form::text_or_whole;
    if (!text || ((type & a_number) && accepts(shape, a_number))) return wrong(node, shape, path);
    out_.error(node.where, "cannot read " + path.to_string() + ": " + node.text + " is a " +
                               (type == a_boolean ? "boolean"
                                : type == a_time  ? "date"
                                                  : "number") +
                               ", not a text (accepted: " + quote(node.text) + ", in quotes)");
    node.broken = true;
  }

  void check_map(Node& node, const Shape& shape, const Path& path, bool exact) {
    for (auto& entry : node.entries) {
      if (!shape.fields.empty()) {
        check_field(entry, shape, path, exact);
      } else if (shape.values) {
        if (shape.names && rules_.values && !is_name(entry.key)) {
          out_.error(entry.where, "cannot read " + path.to_string() + ": " + quote(entry.key) +
                                      " is not a name (accepted: letters, digits, . _ -)");
        }
        if (rules_.values && entry.key.empty() && shape.brief == Short::pairs) {
          out_.error(entry.where, "cannot read " + path.to_string() + ": a name is empty");
        }
        if (shape.values == &service_shape && is_key_in_place_of_service(entry)) {
          tell_of_indentation(entry, path);
          continue;
        }
        check(entry.value, *shape.values, Path(path, entry.key), exact);
      }
    }
    if (!rules_.complete) return;
    for (const auto& field : shape.fields) {
      if (!field.required) continue;
      const Entry* entry = node.find(field.name);
      if (entry && (!entry->value.is_null() || accepts(*field.shape, a_null))) continue;
      const std::string forms = accepted_forms(*field.shape);
      out_.error(node.where, "cannot read " + path.to_string() + ": " + std::string(field.name) +
                                 " is missing" +
                                 (forms.empty() ? "" : " (accepted: " + forms + ")"));
    }
  }

  // `command: x` straight below `services:`.
  bool is_key_in_place_of_service(const Entry& entry) const {
    return rules_.values && !entry.value.is_map() && !entry.value.is_null() &&
           find_field(service_shape, entry.key) != nullptr;
  }

  void tell_of_indentation(Entry& entry, const Path& path) {
    out_.error(entry.where, "cannot read " + Path(path, entry.key).to_string() + ": " +
                                config::describe(entry.value) + " is not a map (" + entry.key +
                                " is a key of a service: indent it below the service's name)");
    entry.value.broken = true;
  }

  void check_field(Entry& entry, const Shape& shape, const Path& path, bool exact) {
    if (is_extension(entry.key)) return check_extension(entry.value, Path(path, entry.key));
    if (const Field* field = find_field(shape, entry.key)) {
      return check(entry.value, *field->shape, Path(path, entry.shown()), exact);
    }
    if (shape.open || !rules_.values) return;
    std::vector<std::string_view> known;
    for (const auto& field : shape.fields) known.push_back(field.name);
    unknown_key(entry, path, known, out_);
  }

  // Free but for what no JSON has.
  void check_extension(Node& node, const Path& path) {
    for (auto& entry : node.entries) check_extension(entry.value, Path(path, entry.key));
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      check_extension(node.items[i], Path(path, i));
    }
    if (node.is_scalar() && node.plain && rules_.values && type_of(node) == a_nothing) {
      wrong_value(node, path, "a number that can be passed on", "a text, in quotes", out_);
      node.broken = true;
    }
  }

  void check_list(Node& node, const Shape& shape, const Path& path, bool exact) {
    if (!shape.items) return;
    const bool strict = exact || has_items_taken_apart(shape);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      Node& item = node.items[i];
      if (rules_.values && strict && item.is_null()) wrong(item, *shape.items, Path(path, i));
      check(item, *shape.items, Path(path, i), strict);
    }
    if (!shape.unique) return;
    std::unordered_map<std::string_view, const Node*> seen;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      const auto [earlier, added] = seen.try_emplace(item.text, &item);
      if (added || !item.is_scalar() || item.broken) continue;
      out_.error(item.where, "cannot read " + Path(path, i).to_string() + ": " + quote(item.text) +
                                 " is in the list already, at " +
                                 model::to_string(to_location(earlier->second->where)));
    }
  }

  template <class T>
  void check_range(Node& node, const std::optional<T>& value, const Shape& shape,
                   const Path& path) {
    if (!value) return wrong(node, shape, path);
    const bool too_low = shape.low != any_low && *value < static_cast<T>(shape.low);
    const bool too_high = shape.high != any_high && *value > static_cast<T>(shape.high);
    if (!too_low && !too_high) return;
    wrong_value(node, path, "in the range", accepted_forms(shape), out_);
    node.broken = true;
  }

  void check_scalar(Node& node, const Shape& shape, const Path& path) {
    if (!rules_.interpolated && node.text.find('$') != std::string::npos) return;
    switch (shape.form) {
      case Form::boolean:
        if (!read_bool(node, path, out_)) node.broken = true;
        return;
      case Form::whole:
      case Form::limit:
        return check_range(node, value_of_whole(node), shape, path);
      case Form::real: {
        const auto value = value_of_real(node);
        if (value && !accepts(shape, a_real) && *value != std::floor(*value)) {
          return wrong(node, shape, path);
        }
        return check_range(node, value, shape, path);
      }
      case Form::bytes:
        return check_range(node, value_of_bytes(node), shape, path);
      case Form::duration:
        if (!model::parse_duration(node.text)) wrong(node, shape, path);
        return;
      case Form::mode:
        return check_range(node, value_of_mode(node), shape, path);
      case Form::port:
        if (read_scalar(node).type == ScalarType::real) wrong(node, shape, path);
        return;
      case Form::count:
        if (!value_of_count(node) || read_scalar(node).type == ScalarType::real) {
          wrong(node, shape, path);
        }
        return;
      default:
        break;
    }
    if (!shape.words.empty() &&
        std::find(shape.words.begin(), shape.words.end(), node.text) == shape.words.end()) {
      wrong_word(node, path, shape.what.empty() ? "one of the words" : shape.what,
                 accepted_forms(shape), shape.words, out_);
      node.broken = true;
    } else if (shape.valid && !shape.valid(node.text)) {
      wrong(node, shape, path);
    }
  }

  const CheckRules& rules_;
  Diagnostics& out_;
};

}  // namespace

void check_shape(Node& node, const Shape& shape, const Path& path, const CheckRules& rules,
                 Diagnostics& out) {
  Checker(rules, out).check(node, shape, path, rules.exact);
}

}  // namespace consort::config
