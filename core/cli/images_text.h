#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "core/base/clock.h"

// GET /v1/images -> what `images` shows. Pure.
namespace consort::cli {

struct ImageLine {
  std::string container, repository, tag, platform;
  std::string id;  // "sha256:..."
  std::int64_t bytes = 0;
  std::int64_t created_ns = 0, tagged_ns = 0;  // since 1970; 0: not known
};

// Ordered by container. What is no image is left out.
std::vector<ImageLine> read_images(const boost::json::value& answer);

std::string images_table(const std::vector<ImageLine>& lines, base::WallTime now);
// With Docker Compose's members.
boost::json::array images_json(const std::vector<ImageLine>& lines);
// Each once, without "sha256:", in the order of the lines.
std::vector<std::string> image_ids(const std::vector<ImageLine>& lines);

}  // namespace consort::cli
