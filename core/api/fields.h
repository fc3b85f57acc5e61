#pragma once

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "core/base/result.h"

namespace consort::api {

// Reads the members of one JSON object into plain values. A missing or null member leaves its
// target as it is (an older peer), one that nobody asks for is ignored (a newer peer), one of the
// wrong type is an error that names it; the first error is kept.
class Fields {
 public:
  Fields(const boost::json::value& value, std::string_view what)
      : what_(what), object_(value.if_object()) {
    if (object_ == nullptr) fail("", "an object");
  }

  template <class T>
  Fields& operator()(std::string_view key, T& out) {
    if (const auto* value = find(key)) read(key, *value, out);
    return *this;
  }

  // The member, or null if it is missing, null, or an error was met.
  const boost::json::value* find(std::string_view key) const {
    if (object_ == nullptr || error_) return nullptr;
    const auto* value = object_->if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  void fail(std::string_view key, std::string_view expected) {
    if (error_) return;
    error_.emplace(base::ErrorKind::invalid, "cannot read " + what_ + ": " +
                                                 (key.empty() ? "it" : std::string(key)) +
                                                 " is not " + std::string(expected));
  }

  void fail(base::Error error) {
    if (!error_) error_ = std::move(error);
  }

  const std::optional<base::Error>& error() const { return error_; }

  template <class T>
  base::Result<T> finish(T value) {
    if (error_) return *error_;
    return value;
  }

 private:
  void read(std::string_view key, const boost::json::value& value, std::string& out) {
    if (!value.is_string()) return fail(key, "a string");
    out = std::string_view(value.get_string());
  }

  void read(std::string_view key, const boost::json::value& value, bool& out) {
    if (!value.is_bool()) return fail(key, "true or false");
    out = value.get_bool();
  }

  template <std::integral T>
  requires(!std::same_as<T, bool>) void read(std::string_view key, const boost::json::value& value,
                                             T& out) {
    if (const auto* number = value.if_int64(); number && std::in_range<T>(*number)) {
      out = static_cast<T>(*number);
    } else if (const auto* large = value.if_uint64(); large && std::in_range<T>(*large)) {
      out = static_cast<T>(*large);
    } else {
      fail(key, "a whole number of " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                    std::to_string(std::numeric_limits<T>::max()));
    }
  }

  template <class T>
  void read(std::string_view key, const boost::json::value& value, std::optional<T>& out) {
    read(key, value, out.emplace());
  }

  template <class T>
  void read(std::string_view key, const boost::json::value& value, std::vector<T>& out) {
    if (!value.is_array()) return fail(key, "an array");
    out.clear();
    for (const auto& element : value.get_array()) {
      const std::string name = std::string(key) + '.' + std::to_string(out.size());
      read(name, element, out.emplace_back());
    }
  }

  template <class T>
  void read(std::string_view key, const boost::json::value& value, std::map<std::string, T>& out) {
    if (!value.is_object()) return fail(key, "an object");
    out.clear();
    for (const auto& member : value.get_object()) {
      read(std::string(key) + '.' + std::string(member.key()), member.value(), out[member.key()]);
    }
  }

  std::string what_;
  const boost::json::object* object_;
  std::optional<base::Error> error_;
};

inline boost::json::array to_array(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

}  // namespace consort::api
