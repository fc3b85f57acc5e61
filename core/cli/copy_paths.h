#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

// Where `cp` takes from and puts to, as `docker cp` has it. Pure.
namespace consort::cli {

// "SERVICE:PATH", or a path of this machine ("" for the service), or "-".
struct CopyPlace {
  std::string service;
  std::string path;

  bool is_stream() const { return service.empty() && path == "-"; }
};
// A path with a colon is one of this machine if it begins with "/" or ".".
CopyPlace parse_copy_place(std::string_view text);

// What is at a place.
enum class Present { nothing, file, directory };

// The directory to unpack in, and the name that the source gets there; "": only what is in the
// source is copied, not itself.
struct Landing {
  std::string directory, name;
};
// A source that ends in "/." means what is in it. Errors are the cause alone.
base::Result<Landing> landing(std::string_view source, Present at_source,
                              std::string_view destination, Present at_destination);

// "/a/b/" -> "b" and "/a"; "b" -> "b" and "."; "/" -> "" and "/".
std::string last_part(std::string_view path);
std::string parent_of(std::string_view path);

}  // namespace consort::cli
