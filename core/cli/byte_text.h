#pragma once

#include <cstdint>
#include <string>

// Numbers of bytes for people.
namespace consort::cli {

// "4.27MB": as Docker says the size of an image. Source: go-units, HumanSizeWithPrecision(size, 3).
std::string human_size(std::int64_t bytes);

// "1.5MiB": as Docker says memory and traffic. Source: go-units, BytesSize.
std::string human_bytes(std::int64_t bytes);

}  // namespace consort::cli
