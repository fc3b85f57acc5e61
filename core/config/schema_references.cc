#include "core/config/schema_references.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace consort::config {
namespace {

namespace json = boost::json;

// What stands below these is about a part of the value, or about nothing until it is referred to.
constexpr std::string_view deeper[] = {
    "properties",      "patternProperties", "additionalProperties", "propertyNames", "items",
    "additionalItems", "contains",          "dependencies",         "definitions",   "$defs"};

class References {
 public:
  explicit References(const json::value& document) : document_(document) { later_ = {&document}; }

  std::string problem() {
    while (!later_.empty() && problem_.empty()) {
      const json::value* next = later_.back();
      later_.pop_back();
      visit(*next);
    }
    return problem_;
  }

 private:
  enum class Mark { open, done };

  // What is asked of the same value as `value` is. Only there is a circle without an end.
  void visit(const json::value& value) {
    const auto [mark, first] = marks_.emplace(&value, Mark::open);
    if (!first || !problem_.empty()) return;
    if (const auto* object = value.if_object()) {
      for (const auto& [key, member] : *object) {
        if (key == "$ref" && member.is_string()) {
          follow(member.get_string());
        } else if (std::ranges::find(deeper, std::string_view(key)) != std::end(deeper)) {
          look_below(member);
        } else {
          visit(member);
        }
      }
    } else if (const auto* array = value.if_array()) {
      for (const auto& item : *array) visit(item);
    }
    mark->second = Mark::done;
  }

  // A schema, or a map or a list of them: to be looked at with nothing open.
  void look_below(const json::value& value) {
    later_.push_back(&value);
    if (const auto* object = value.if_object()) {
      for (const auto& [key, member] : *object) later_.push_back(&member);
    } else if (const auto* array = value.if_array()) {
      for (const auto& item : *array) later_.push_back(&item);
    }
  }

  void follow(std::string_view reference) {
    if (!problem_.empty()) return;
    const std::string shown = "\"$ref\": \"" + std::string(reference) + '"';
    if (!reference.starts_with('#')) {
      problem_ = shown + " leads out of the schema";
      return;
    }
    boost::system::error_code failed;
    const auto* target = document_.find_pointer(reference.substr(1), failed);
    if (target == nullptr) {
      problem_ = shown + " leads to nothing";
      return;
    }
    const auto mark = marks_.find(target);
    if (mark != marks_.end() && mark->second == Mark::open) {
      problem_ = shown + " leads back to itself";
    } else {
      visit(*target);
    }
  }

  const json::value& document_;
  std::map<const json::value*, Mark> marks_;
  std::vector<const json::value*> later_;
  std::string problem_;
};

}  // namespace

std::string reference_problem(const json::object& schema) {
  const json::value document(schema);
  return References(document).problem();
}

}  // namespace consort::config
