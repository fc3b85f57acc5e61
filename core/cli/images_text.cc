#include "core/cli/images_text.h"

#include <algorithm>
#include <chrono>

#include <boost/json/object.hpp>

#include "core/cli/byte_text.h"
#include "core/cli/status_text.h"
#include "core/cli/table.h"
#include "core/model/event.h"
#include "core/model/json.h"

namespace consort::cli {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t number(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string bare(const std::string& id) {
  const std::size_t colon = id.find(':');
  return colon == std::string::npos ? id : id.substr(colon + 1);
}

base::WallTime time_of(std::int64_t ns) {
  return base::WallTime(
      std::chrono::duration_cast<base::WallTime::duration>(std::chrono::nanoseconds(ns)));
}

}  // namespace

std::vector<ImageLine> read_images(const json::value& answer) {
  std::vector<ImageLine> lines;
  const auto* object = answer.if_object();
  const auto* list = object == nullptr ? nullptr : object->if_contains("images");
  if (list == nullptr || !list->is_array()) return lines;
  for (const auto& value : list->get_array()) {
    const auto* image = value.if_object();
    if (image == nullptr) continue;
    ImageLine line;
    line.container = text(*image, "container");
    line.repository = text(*image, "repository");
    line.tag = text(*image, "tag");
    line.platform = text(*image, "platform");
    line.id = text(*image, "id");
    line.bytes = number(*image, "bytes");
    line.created_ns = number(*image, "created_ns");
    line.tagged_ns = number(*image, "tagged_ns");
    lines.push_back(std::move(line));
  }
  std::ranges::sort(lines, {}, &ImageLine::container);
  return lines;
}

std::string images_table(const std::vector<ImageLine>& lines, base::WallTime now) {
  Table table({"CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"});
  for (const auto& line : lines) {
    const std::string created =
        line.created_ns == 0 ? "N/A" : human_duration(now - time_of(line.created_ns)) + " ago";
    table.add({line.container, line.repository, line.tag, line.platform,
               bare(line.id).substr(0, 12), human_size(line.bytes), created});
  }
  return table.text();
}

json::array images_json(const std::vector<ImageLine>& lines) {
  json::array all;
  for (const auto& line : lines) {
    json::object one;
    one["ID"] = line.id;
    one["ContainerName"] = line.container;
    one["Repository"] = line.repository;
    one["Tag"] = line.tag;
    one["Platform"] = line.platform;
    one["Size"] = line.bytes;
    one["Created"] = model::format_time(time_of(line.created_ns));
    one["LastTagTime"] = model::format_time(time_of(line.tagged_ns));
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<std::string> image_ids(const std::vector<ImageLine>& lines) {
  std::vector<std::string> ids;
  for (const auto& line : lines) {
    if (std::string id = bare(line.id); std::ranges::find(ids, id) == ids.end()) {
      ids.push_back(std::move(id));
    }
  }
  return ids;
}

}  // namespace consort::cli
