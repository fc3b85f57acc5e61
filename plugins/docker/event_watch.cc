#include "plugins/docker/event_watch.h"

#include <algorithm>
#include <ctime>

namespace consort::docker {
namespace {

constexpr std::chrono::milliseconds first_pause{200};
constexpr std::chrono::milliseconds longest_pause{5'000};
// Events of this long ago are told again after a connect, so that none falls in between.
constexpr std::time_t overlap_seconds = 10;

}  // namespace

EventWatch::EventWatch(Host host, Engine& engine, std::string project, Listener listener)
    : host_(host), engine_(engine), project_(std::move(project)), listener_(std::move(listener)) {}

Async<void> EventWatch::run() {
  Event never(engine_.reactor());
  std::chrono::milliseconds pause = first_pause;
  for (;;) {
    problem_.clear();
    try {
      co_await listen();
      pause = first_pause;
    } catch (const Error& e) {
      problem_ = e.what();
    }
    if (problem_.empty()) {
      problem_ = "the engine at " + engine_.address().text + " went away";
    }
    usable_ = false;
    listener_.engine(problem_);
    co_await never.wait(pause);
    pause = std::min(pause * 2, longest_pause);
  }
}

Async<void> EventWatch::listen() {
  buffer_.clear();
  Request request;
  request.path =
      "/events?since=" + std::to_string(std::time(nullptr) - overlap_seconds) + "&filters=" +
      url_encode(json::serialize(json::object{
          {"type", json::array{"container"}},
          {"event", json::array{"die", "destroy", "health_status", "pause", "start", "unpause"}},
          {"label", json::array{"com.docker.compose.project=" + project_}}}));
  request.stream = [this](std::string_view bytes) {
    buffer_ += bytes;
    for (std::size_t end = 0; (end = buffer_.find('\n')) != std::string::npos;) {
      heard(std::string_view(buffer_).substr(0, end));
      buffer_.erase(0, end + 1);
    }
    return true;
  };
  const auto stream = co_await engine_.open(std::move(request));
  stream_ = stream;
  const bool answers = co_await engine_.ping();
  if (answers && !stream->done.is_set()) {
    usable_ = true;
    listener_.engine("");
    co_await stream->done.wait();
  } else {
    engine_.http().cancel(stream);
    if (problem_.empty()) {
      problem_ = "cannot reach the engine at " + engine_.address().text + ": it does not answer";
    }
  }
  stream_.reset();
}

void EventWatch::absent(const std::string& why) {
  if (!usable_ || !stream_) return;
  problem_ = why;
  engine_.http().cancel(std::shared_ptr(stream_));
}

void EventWatch::heard(std::string_view line) {
  boost::system::error_code failed;
  const json::value event = json::parse(line, failed);
  if (failed) return host_.log(CONSORT_LOG_WARNING, "the engine sent an event that is not JSON");
  const std::string action = text_at(event, "Action");
  const std::string container = text_at(at(event, "Actor"), "ID");
  constexpr std::string_view health = "health_status: ";
  if (action.starts_with(health)) {
    listener_.health(container, std::string_view(action).substr(health.size()));
  } else {
    listener_.changed(container);
  }
}

}  // namespace consort::docker
