#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace consort::cli {

// JSON as block-style YAML 1.2 that YAML 1.1 readers read alike: a string is quoted wherever either
// of them could take it for something else. Pure.
std::string yaml_text(const boost::json::value& value);

// Doubles every dollar sign in the strings, so that what is printed can be read as a file again,
// and in the keys, as Docker Compose does.
void escape_dollars(boost::json::value& value);

}  // namespace consort::cli
