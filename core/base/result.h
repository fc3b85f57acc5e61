#pragma once

#include <concepts>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <boost/system/result.hpp>

#include "core/base/error.h"

namespace consort::base {

// A value or an Error. Test it as a bool, read `*r`, `r->`, `r.error()`. Boost's own conversions
// are off where the value could also make an Error (a string); these tell the two by type alone.
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
  using Base = boost::system::result<T, Error>;

 public:
  Result() requires std::default_initializable<T> : Base(boost::system::in_place_value) {}
  template <class U = T>
  requires(std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, Result> &&
           !std::same_as<std::remove_cvref_t<U>, Error>) Result(U&& value)
      : Base(boost::system::in_place_value, std::forward<U>(value)) {}
  Result(Error error) : Base(boost::system::in_place_error, std::move(error)) {}
};

template <>
class [[nodiscard]] Result<void> : public boost::system::result<void, Error> {
  using Base = boost::system::result<void, Error>;

 public:
  Result() = default;
  Result(Error error) : Base(boost::system::in_place_error, std::move(error)) {}
};

// Called by Result::value() on an error: a bug in the caller, who did not look first.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::logic_error("unchecked result: " + error.message());
}

}  // namespace consort::base
