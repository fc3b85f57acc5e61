#include "plugins/docker/image_commands.h"

#include "plugins/docker/container_body.h"
#include "plugins/docker/log_cursor.h"
#include "plugins/docker/reference.h"

namespace consort::docker {
namespace {

json::object problem(const std::string& service, const std::string& message) {
  return {{"service", service}, {"message", message}};
}

// Pulls that are under way together.
struct Pulls {
  explicit Pulls(Reactor& reactor) : done(reactor) {}
  std::size_t open = 0;
  json::array problems;
  std::optional<Error> no_engine;
  Event done;
};

Async<void> pull_one(ImageTools tools, std::shared_ptr<Pulls> pulls, std::string service,
                     json::value spec) {
  const std::string image = image_of(tools.project, service, spec);
  try {
    co_await tools.images.pull(service, image, text_at(spec, "platform"));
  } catch (const Error& e) {
    if (e.status() == CONSORT_E_RETRY) pulls->no_engine = e;
    std::string message = e.what();
    if (at(spec, "build").is_object()) message += "; `consort build " + service + "` builds it";
    pulls->problems.push_back(problem(service, message));
  }
  if (--pulls->open == 0) pulls->done.set();
}

// Why there is nothing to pull for a service; "" where there is.
Async<std::string> reason_not_to_pull(ImageTools tools, std::string service, json::value spec,
                                      std::string policy) {
  if (text_at(spec, "image").empty()) co_return "nothing to pull, it is built (`consort build`)";
  const std::string own = text_at(spec, "pull_policy");
  if (own == "never" || own == "build") co_return "not pulled: its pull_policy is " + own;
  if (policy != "missing") co_return "";
  const std::string image = image_of(tools.project, service, spec);
  const bool present = co_await tools.images.present(image);
  co_return present ? image + " is there" : "";
}

// The service's mapping with what the command line says of its build.
json::value with_options(json::value spec, const json::value& options) {
  json::object& build = spec.as_object()["build"].as_object();
  if (bool_at(options, "no_cache")) build["no_cache"] = true;
  if (bool_at(options, "pull")) build["pull"] = true;
  const auto& given = object_at(options, "arguments");
  if (given.empty()) return spec;
  json::object arguments = object_at(build, "args");
  for (const auto& [name, value] : given) arguments[name] = value;
  build["args"] = std::move(arguments);
  return spec;
}

// The name that the container was made by if the image still has it, else its first one.
std::pair<std::string, std::string> name_of(const json::value& image, const std::string& asked) {
  const auto& names = array_at(image, "RepoTags");
  if (names.empty()) return {"<none>", "<none>"};
  const auto [repository, tag] = split_reference(asked);
  for (const auto& name : names) {
    if (to_text(name) == repository + ":" + tag) return {repository, tag};
  }
  return split_reference(to_text(names.front()));
}

std::string platform_of(const json::value& image) {
  std::string platform = text_at(image, "Os") + "/" + text_at(image, "Architecture");
  if (auto variant = text_at(image, "Variant"); !variant.empty()) platform += "/" + variant;
  return platform;
}

}  // namespace

Async<json::array> pull_images(ImageTools tools, json::value order) {
  co_await tools.engine.connect();
  const std::string policy = text_at(at(order, "options"), "policy");
  const auto pulls = std::make_shared<Pulls>(tools.engine.reactor());
  std::set<std::string> images;
  std::vector<std::pair<std::string, json::value>> wanted;
  for (const auto& name : array_at(order, "starting")) {
    const std::string service = to_text(name);
    const json::value spec = at(at(order, "services"), service);
    const std::string reason = co_await reason_not_to_pull(tools, service, spec, policy);
    if (!reason.empty()) {
      tools.host.progress("", service + ": " + reason);
      continue;
    }
    if (!images.insert(image_of(tools.project, service, spec)).second) continue;
    wanted.emplace_back(service, spec);
  }
  pulls->open = wanted.size();
  for (auto& [service, spec] : wanted) {
    tools.scope.spawn(pull_one(tools, pulls, service, std::move(spec)));
  }
  if (!wanted.empty()) co_await pulls->done.wait();
  if (pulls->no_engine) throw *pulls->no_engine;
  co_return std::move(pulls->problems);
}

Async<json::array> build_images(ImageTools tools, json::value order) {
  co_await tools.engine.connect();
  json::array problems;
  for (const auto& name : array_at(order, "starting")) {
    const std::string service = to_text(name);
    const json::value& spec = at(at(order, "services"), service);
    if (!at(spec, "build").is_object()) continue;
    try {
      json::value built = with_options(spec, at(order, "options"));
      co_await tools.images.build(service, std::move(built), Images::Output::whole);
    } catch (const Error& e) {
      if (e.status() == CONSORT_E_RETRY) throw;
      problems.push_back(problem(service, e.what()));
    }
  }
  co_return problems;
}

Async<json::array> list_images(ImageTools tools,
                               std::function<std::string(const json::value&)> instance_of) {
  const std::string filter = url_encode(json::serialize(
      json::object{{"label", json::array{std::string(labels::project) + "=" + tools.project,
                                         labels::instance}}}));
  const Reply listed = co_await tools.engine.get("/containers/json?all=1&filters=" + filter);
  expect(listed, "cannot list the containers of " + tools.project);
  std::map<std::string, json::value> images;  // by id
  json::array found;
  for (const auto& one : listed.body.as_array()) {
    const std::string id = text_at(one, "ImageID");
    if (!images.contains(id)) {
      const Reply image = co_await tools.engine.get("/images/" + id + "/json");
      images[id] = image.ok() ? image.body : json::value();
    }
    const json::value& image = images[id];
    const auto [repository, tag] = name_of(image, text_at(one, "Image"));
    std::string container = to_text(array_at(one, "Names").at(0));
    if (container.starts_with("/")) container.erase(0, 1);
    found.push_back(
        json::object{{"instance", instance_of(one)},
                     {"container", container},
                     {"repository", repository},
                     {"tag", tag},
                     {"id", id},
                     {"platform", image.is_null() ? "" : platform_of(image)},
                     {"bytes", integer_at(image, "Size")},
                     {"created_ns", engine_time_ns(text_at(image, "Created"))},
                     {"tagged_ns", engine_time_ns(text_at(at(image, "Metadata"), "LastTagTime"))}});
  }
  co_return found;
}

}  // namespace consort::docker
