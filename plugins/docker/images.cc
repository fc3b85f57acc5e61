#include "plugins/docker/images.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "plugins/docker/build_request.h"
#include "plugins/docker/container_body.h"
#include "plugins/docker/log_cursor.h"
#include "plugins/docker/progress.h"
#include "plugins/docker/pull_policy.h"
#include "plugins/docker/reference.h"
#include "plugins/docker/run_record.h"

namespace consort::docker {

Images::Images(Host host, Engine& engine, Credentials& credentials, std::string project,
               std::string times_file)
    : host_(host),
      engine_(engine),
      credentials_(credentials),
      project_(std::move(project)),
      times_file_(std::move(times_file)) {
  boost::system::error_code failed;
  const json::value kept = json::parse(read_file(times_file_), failed);
  if (!failed && kept.is_object()) pulled_ = kept.get_object();
}

std::chrono::nanoseconds Images::age_of(const std::string& name, const json::value& image) const {
  const std::int64_t tagged = engine_time_ns(text_at(at(image, "Metadata"), "LastTagTime"));
  const auto* pulled = pulled_.if_contains(name);
  const std::int64_t last = std::max(tagged, pulled != nullptr ? to_integer(*pulled) : 0);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return now - std::chrono::nanoseconds(last);
}

void Images::remember_pull(const std::string& name) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  pulled_[name] = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  write_file(times_file_, json::serialize(pulled_));
}

Async<json::value> Images::find(std::string image) {
  if (!is_reference(image)) {
    throw Error(CONSORT_E_INVALID,
                "\"" + image + "\" cannot name an image (invalid reference format): write " +
                    "[HOST[:PORT]/]NAME[:TAG][@DIGEST], the name in lower case");
  }
  const Reply reply = co_await engine_.get("/images/" + image + "/json");
  if (reply.status == 404) co_return nullptr;
  expect(reply, "cannot look for image " + image);
  facts_[image] = facts_of(reply.body);
  co_return reply.body;
}

Async<bool> Images::present(std::string image) {
  const json::value found = co_await find(std::move(image));
  co_return !found.is_null();
}

Async<ImageFacts> Images::facts(std::string image) {
  const auto known = facts_.find(image);
  if (known != facts_.end()) co_return known->second;
  const json::value found = co_await find(image);
  if (found.is_null()) co_return ImageFacts{};
  co_return facts_[image];
}

Async<void> Images::provide(std::string service, json::value spec, json::value options) {
  const std::string image = image_of(project_, service, spec);
  if (!done_.insert(image).second) co_return;
  using When = ImageWish::When;
  const ImageWish wish = wish_of(spec, options);
  const bool builds = at(spec, "build").is_object();
  if (wish.when != When::always && wish.when != When::build) {
    const json::value present = co_await find(image);
    if (!present.is_null() && !(wish.when == When::aged && age_of(image, present) > wish.age))
      co_return;
    if (wish.when == When::never) {
      throw Error(CONSORT_E_INVALID, "image " + image + " is not there, and it is not to be " +
                                         (builds ? "built" : "pulled") + "; run `consort " +
                                         (builds ? "build " : "pull ") + service + "`");
    }
  }
  if (builds) {
    co_await build(service, spec);
  } else {
    co_await pull(service, image, text_at(spec, "platform"));
  }
  (void)co_await find(image);
}

Async<void> Images::refresh(std::string service, json::value spec, json::value options) {
  if (!wish_of(spec, options).renews()) co_return;
  co_await provide(std::move(service), std::move(spec), std::move(options));
}

Async<std::string> Images::id_of(std::string image) {
  const json::value found = co_await find(std::move(image));
  co_return text_at(found, "Id");
}

// Streams until its end; what fails is thrown as "WHAT failed: cause".
Async<void> Images::follow(std::string service, std::string what, Request request, Output output) {
  auto progress = std::make_shared<ProgressReader>(
      service + ": " + what,
      [host = host_](const std::string& message) { host.progress("", message); });
  if (output == Output::whole) progress->tell_output(service);
  request.stream = [progress](std::string_view bytes) {
    progress->put(bytes);
    return true;
  };
  const std::shared_ptr<Transfer> transfer = co_await engine_.open(std::move(request));
  struct Cancel {  // also when the coroutine is destroyed while it waits
    Engine& engine;
    std::shared_ptr<Transfer> transfer;
    ~Cancel() { engine.http().cancel(transfer); }
  } cancel{engine_, transfer};
  co_await transfer->done.wait();
  if (transfer->failure != CURLE_OK && progress->failure().empty()) {
    throw engine_.no_answer(*transfer);
  }
  if (transfer->status >= 400) {
    expect(reply_of(*transfer), what + " failed");
  }
  if (progress->failure().find("requires BuildKit") != std::string::npos) {
    const std::string failure = progress->failure();
    throw Error(CONSORT_E_INVALID, what + " failed: " + failure.substr(0, failure.find(". Refer")) +
                                       ", " + without_buildkit);
  }
  if (!progress->failure().empty()) {
    throw Error(CONSORT_E_FAILED, what + " failed: " + progress->failure());
  }
}

Async<void> Images::pull(std::string service, std::string image, std::string platform) {
  const auto [name, tag] = split_reference(image);
  Request request;
  request.method = "POST";
  request.path = "/images/create?fromImage=" + url_encode(name) + "&tag=" + url_encode(tag);
  if (!platform.empty()) request.path += "&platform=" + url_encode(platform);
  const std::string login = co_await credentials_.for_image(image);
  if (!login.empty()) request.headers.push_back("X-Registry-Auth: " + login);
  host_.progress("", service + ": pulling " + image);
  try {
    co_await follow(service, "pulling " + image, std::move(request), Output::steps);
  } catch (const Error&) {
    host_.progress("", service + ": could not pull " + image);  // the others go on
    throw;
  }
  remember_pull(image);
  host_.progress("", service + ": pulled " + image);
}

Async<void> Images::build(std::string service, json::value spec, Output output) {
  BuildRequest built = build_request(project_, service, spec, credentials_.proxies());
  Request request;
  request.method = "POST";
  request.path = "/build?" + built.query;
  request.content_type = "application/x-tar";
  std::shared_ptr<BuildContext> context;
  if (built.remote.empty()) {
    context = std::make_shared<BuildContext>(built.folder, built.dockerfile, built.extra);
    request.upload = [context](char* buffer, std::size_t size) {
      const std::size_t length = context->read(buffer, size);
      if (length == 0 && !context->failure().empty()) return std::size_t{CURL_READFUNC_ABORT};
      return length;
    };
  }
  if (const auto logins = credentials_.for_build(); !logins.empty()) {
    request.headers.push_back("X-Registry-Config: " + logins);
  }
  host_.progress("", service + ": building " + built.tag);
  try {
    co_await follow(service, "building " + built.tag, std::move(request), output);
  } catch (const Error&) {
    if (!context || context->failure().empty()) throw;
  }
  if (context && !context->failure().empty()) {
    throw Error(CONSORT_E_FAILED, "building " + built.tag + " failed: " + context->failure());
  }
  host_.progress("", service + ": built " + built.tag);
}

Async<void> Images::remove(bool all, json::value model, std::set<std::string> keeping) {
  std::set<std::string> images, kept;
  for (const auto& [name, spec] : object_at(model, "services")) {
    if (keeping.contains(name)) kept.insert(image_of(project_, name, spec));
    const bool own_name = text_at(spec, "image").empty();
    if (all || (own_name && at(spec, "build").is_object())) {
      images.insert(image_of(project_, name, spec));
    }
  }
  for (const auto& image : images) {
    if (kept.contains(image)) continue;
    const Reply removed = co_await engine_.remove("/images/" + image);
    if (removed.status == 404) continue;
    expect(removed, "cannot remove image " + image);
  }
}

}  // namespace consort::docker
