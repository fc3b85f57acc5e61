#pragma once

#include <stdexcept>

#include <boost/system/result.hpp>

#include "core/base/error.h"

namespace consort::base {

// A value or an Error. Test it as a bool, read `*r`, `r->`, `r.error()`.
template <class T>
using Result = boost::system::result<T, Error>;

// Called by Result::value() on an error: a bug in the caller, who did not look first.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::logic_error("unchecked result: " + error.message());
}

}  // namespace consort::base
