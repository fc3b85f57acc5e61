#include "plugins/docker/build_request.h"

#include <consort/values.hpp>

#include "plugins/docker/container_body.h"
#include "plugins/docker/engine.h"
#include "plugins/docker/run_record.h"

namespace consort::docker {
namespace {

bool is_remote(const std::string& context) {
  return context.find("://") != std::string::npos || context.starts_with("git@") ||
         context.starts_with("github.com/");
}

json::object texts(const json::object& map) {
  json::object all;
  for (const auto& [key, value] : map) {
    if (value.is_null()) continue;
    all[key] = to_text(value);
  }
  return all;
}

class Query {
 public:
  void add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    text_ += (text_.empty() ? "" : "&") + std::string(key) + "=" + url_encode(value);
  }
  void add_json(std::string_view key, const json::value& value) {
    add(key, json::serialize(value));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

BuildRequest build_request(std::string_view project, std::string_view service,
                           const json::value& spec, const json::object& proxies) {
  const json::value& build = at(spec, "build");
  for (const char* key : {"secrets", "ssh", "additional_contexts", "cache_to", "entitlements"}) {
    const json::value& value = at(build, key);
    const bool given = value.is_string() || (value.is_array() && !value.get_array().empty()) ||
                       (value.is_object() && !value.get_object().empty());
    if (given) {
      throw Error(CONSORT_E_INVALID,
                  std::string("build.") + key + " needs BuildKit, " + without_buildkit);
    }
  }
  BuildRequest request;
  request.tag = image_of(project, service, spec);
  const std::string context = text_at(build, "context");
  std::string dockerfile = text_at(build, "dockerfile");
  if (dockerfile.empty()) dockerfile = "Dockerfile";
  const json::value& inline_file = at(build, "dockerfile_inline");
  if (is_remote(context)) {
    request.remote = context;
  } else {
    request.folder = context;
    std::error_code ignored;
    if (!std::filesystem::is_directory(context, ignored)) {
      const bool there = std::filesystem::exists(context, ignored);
      throw Error(CONSORT_E_INVALID,
                  "the build context " + context + (there ? " is no folder" : " does not exist"));
    }
    const std::filesystem::path path(dockerfile);
    const auto inside =
        path.is_absolute() ? path.lexically_relative(context) : path.lexically_normal();
    if (inline_file.is_string()) {
      request.dockerfile = ".consort.dockerfile";
      request.extra.push_back({request.dockerfile, to_text(inline_file)});
    } else if (inside.empty() || inside.string().starts_with("..")) {
      const auto outside = path.is_absolute() ? path : std::filesystem::path(context) / path;
      request.dockerfile = ".consort.dockerfile";
      request.extra.push_back({request.dockerfile, read_file(outside)});
      if (request.extra.back().content.empty()) {
        throw Error(CONSORT_E_INVALID, "cannot read " + outside.string());
      }
    } else {
      request.dockerfile = inside.string();
      if (!std::filesystem::exists(std::filesystem::path(context) / inside, ignored)) {
        throw Error(CONSORT_E_INVALID,
                    "there is no " + request.dockerfile + " in the build context " + context);
      }
    }
    dockerfile = request.dockerfile;
  }
  Query query;
  query.add("t", request.tag);
  for (const auto& tag : array_at(build, "tags")) query.add("t", to_text(tag));
  query.add("dockerfile", dockerfile);
  query.add("remote", request.remote);
  query.add("target", text_at(build, "target"));
  query.add("networkmode", text_at(build, "network"));
  query.add("isolation", text_at(build, "isolation"));
  std::string platform = text_at(spec, "platform");
  if (const auto& platforms = array_at(build, "platforms"); !platforms.empty()) {
    if (platforms.size() > 1) {
      throw Error(CONSORT_E_INVALID,
                  "build.platforms of more than one needs BuildKit, which is not supported yet");
    }
    platform = to_text(platforms.front());
  }
  query.add("platform", platform);
  const json::object& given = object_at(build, "args");
  json::object args = texts(given);
  for (const auto& [name, value] : proxies) {
    if (!given.contains(name)) args[name] = value;
  }
  if (!args.empty()) query.add_json("buildargs", json::value(std::move(args)));
  json::object all = texts(object_at(build, "labels"));
  all[labels::project] = project;
  all[labels::service] = service;
  query.add_json("labels", json::value(std::move(all)));
  if (const auto& from = array_at(build, "cache_from"); !from.empty()) {
    query.add_json("cachefrom", json::value(from));
  }
  for (const auto& host : array_at(build, "extra_hosts")) {
    std::string text = to_text(host);
    if (const auto equals = text.find('='); equals != std::string::npos) text[equals] = ':';
    query.add("extrahosts", text);
  }
  if (const auto size = to_bytes(at(build, "shm_size")); size != 0) {
    query.add("shmsize", std::to_string(size));
  }
  if (bool_at(build, "no_cache")) query.add("nocache", "1");
  if (bool_at(build, "pull")) query.add("pull", "1");
  query.add("rm", "1");
  query.add("forcerm", "1");
  request.query = query.take();
  return request;
}

}  // namespace consort::docker
