#pragma once

#include <string>
#include <utility>

// An image's name as users write it. Pure functions.
namespace consort::docker {

// Whether it can name an image: [HOST[:PORT]/]NAME[:TAG][@DIGEST], the parts of NAME in lower case.
// Source: the grammar in github.com/distribution/reference.
bool is_reference(const std::string& image);

// "NAME" and "TAG" or "sha256:..." of a reference; the tag is "latest" where there is none.
std::pair<std::string, std::string> split_reference(const std::string& image);

}  // namespace consort::docker
