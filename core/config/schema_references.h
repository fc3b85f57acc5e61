#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace consort::config {

// Why the `$ref`s of a JSON Schema cannot be followed; "" if they can. They stay within the
// document (#/definitions/NAME), lead to something, and never in a circle without going into the
// value: a plugin's schema comes from outside, and who follows it has no other protection.
std::string reference_problem(const boost::json::object& schema);

}  // namespace consort::config
