#include "core/runtime/plugin_driver.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "core/model/duration.h"

namespace consort::runtime {

using boost::system::error_code;

namespace {

base::SteadyTime now() { return base::system_clock().steady(); }

const char* const dropped = "the runtime was shut down before it answered";

}  // namespace

PluginDriver::PluginDriver(asio::any_io_executor core, Setup setup, DriverSink& sink,
                           LineStore& store)
    : core_(core),
      setup_(std::move(setup)),
      sink_(sink),
      store_(store),
      inbox_(std::make_shared<Inbox>(core, [this](Told&& told) { received(std::move(told)); })),
      plugin_(std::make_shared<PluginThread>(inbox_, store, setup_.name, setup_.crash_note)),
      init_(std::make_shared<Init>(core)),
      init_timer_(core, setup_.limits.init),
      due_timer_(core),
      closed_timer_(core) {
  plugin_->start(setup_.entry, setup_.config_json, setup_.features);
  init_timer_.async_wait([this, alive = std::weak_ptr(alive_)](error_code error) {
    if (error || alive.expired() || init_->ended) return;
    init_ended(CONSORT_E_RETRY,
               "its init has not returned after " + model::format_duration(setup_.limits.init));
  });
}

PluginDriver::~PluginDriver() {
  if (plugin_) {
    if (!closing_) plugin_->finish();
    if (!plugin_->join(setup_.limits.destroy)) log(CONSORT_LOG_ERROR, "its destroy() hangs");
  }
  inbox_->close();
  complete_pending(CONSORT_E_DROPPED, dropped);
}

void PluginDriver::log(int level, const std::string& message) const {
  if (setup_.log) setup_.log(level, "runtime \"" + setup_.name + "\": " + message);
}

// ---- What the plugin tells ----

void PluginDriver::received(Told&& message) {
  std::visit([this](auto&& m) { on(std::move(m)); }, std::move(message));
}

void PluginDriver::on(told::Completed&& message) {
  if (operations_.complete(message.op, std::move(message.completion))) {
    if (operations_.empty()) due_timer_.cancel();
    if (overdue_) look_for_overdue();
    return;
  }
  log(CONSORT_LOG_ERROR,
      "it completed operation " + std::to_string(message.op) +
          (operations_.was_added(message.op) ? " twice" : ", which nobody asked for"));
}

void PluginDriver::on(told::Exited&& message) {
  switch (instances_.exited(message.instance, message.exit)) {
    case Instances::Verdict::report:
      return tell_exit(std::move(message.instance), std::move(message.exit));
    case Instances::Verdict::held:
    case Instances::Verdict::duplicate:
      return;
    case Instances::Verdict::unknown:
      log(CONSORT_LOG_WARNING,
          "it told the exit of " + message.instance +
              ", which was not started or is removed: " + model::to_string(message.exit));
  }
}

void PluginDriver::on(told::Progress&& message) {
  operations_.postpone(message.instance, now());
  const std::string text = progress_message(message.json);
  if (text.empty()) {
    log(CONSORT_LOG_DEBUG, "it told of progress without a message: " + message.json);
  } else {
    sink_.progress(message.instance, text);
  }
  if (overdue_) look_for_overdue();
}

void PluginDriver::on(told::InstanceHealth&& message) {
  sink_.instance_health(message.instance, message.health, message.message);
}

void PluginDriver::on(told::InstanceReach&& message) {
  const bool reached = message.status == CONSORT_OK;
  sink_.instance_reach(message.instance,
                       reached ? "" : to_error(message.status, message.message).message());
}

void PluginDriver::on(told::InstancePaused&& message) {
  sink_.instance_paused(message.instance, message.paused);
}

void PluginDriver::on(told::Health&& message) {
  problem_ =
      message.status == CONSORT_OK ? "" : to_error(message.status, message.message).message();
  tell_health();
}

// A person takes longer than a backend: what waits for the answer has its whole time again.
void PluginDriver::on(told::Asked&& message) {
  operations_.postpone(message.question.instance, now());
  if (!has(CONSORT_EXT_PROMPT)) {
    return log(CONSORT_LOG_ERROR, "it asks (" + message.question.message +
                                      "), but does not declare " CONSORT_EXT_PROMPT);
  }
  asked_[message.question.number] = message.question.instance;
  sink_.asked(setup_.name, message.question);
}

void PluginDriver::on(told::Withdrawn&& message) {
  if (asked_.erase(message.question) != 0) sink_.withdrawn(setup_.name, message.question);
}

void PluginDriver::on(told::Log&& message) { log(message.level, message.message); }

void PluginDriver::on(told::Initialized&& message) {
  if (!init_->ended) init_ended(message.status, std::move(message.message));
}

void PluginDriver::on(told::Destroyed&&) {
  destroyed_ = true;
  closed_timer_.cancel();
}

void PluginDriver::init_ended(consort_status status, std::string message) {
  init_timer_.cancel();
  init_->ended = true;
  if (status != CONSORT_OK) {
    if (plugin_) plugin_->give_up();
    init_->failure = to_error(status, message);
    init_->error = init_->failure->wrap(setup_.unavailable);
    complete_pending(status, init_->error->message());
  }
  init_->done.cancel();
}

asio::awaitable<Result<void>> PluginDriver::ready() {
  const auto init = init_;  // the driver may be gone when it ends
  while (!init->ended) {
    error_code cancelled;
    co_await init->done.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  if (init->error) co_return *init->error;
  co_return Result<void>();
}

// ---- Exits ----

void PluginDriver::begin_start(const std::string& instance) {
  if (plugin_) plugin_->crash_note().owe();
  instances_.begin(instance);
}

void PluginDriver::settle_start(const std::string& instance, Instances::Outcome outcome) {
  if (plugin_) plugin_->crash_note().settle();
  if (auto exit = instances_.settle(instance, outcome)) tell_exit(instance, std::move(*exit));
}

// Posted, so that whoever waits for the start, woken by a post before this one, goes first.
void PluginDriver::tell_exit(std::string instance, model::ExitInfo exit) {
  asio::post(core_, [this, alive = std::weak_ptr(alive_), instance = std::move(instance),
                     exit = std::move(exit)] {
    if (!alive.expired()) sink_.exited(instance, exit);
  });
}

// ---- Age and health ----

std::vector<PendingOperation> PluginDriver::pending() const {
  auto list = operations_.pending(now());
  for (PendingOperation& operation : list) operation.runtime = setup_.name;
  return list;
}

// Armed only while an operation could get slow or overdue; looks again when it fires and not at
// each change.
void PluginDriver::watch_due(base::SteadyTime at) {
  if (due_at_ && *due_at_ <= at) return;
  due_at_ = at;
  due_timer_.expires_at(at);
  due_timer_.async_wait([this, at, alive = std::weak_ptr(alive_)](error_code) {
    if (alive.expired() || due_at_ != at) return;
    due_at_.reset();
    tell_slow();
    look_for_overdue();
    if (const auto next = operations_.next_due(now())) watch_due(*next);
  });
}

// To whoever waits for the instance; not while it is the person who is waited for.
void PluginDriver::tell_slow() {
  for (const auto& slow : operations_.take_slow(now())) {
    const bool asking = std::ranges::any_of(
        asked_, [&](const auto& question) { return question.second == slow.instance; });
    if (asking || slow.instance.empty()) continue;
    const auto age = std::chrono::floor<std::chrono::seconds>(slow.age);
    sink_.progress(slow.instance, "waiting for runtime " + setup_.name + ": " +
                                      std::string(slow.what) + ", " + model::format_duration(age));
  }
}

// The overdue operation is named once; the text does not change while it stays the first of them.
void PluginDriver::look_for_overdue() {
  const auto first = operations_.first_overdue(now());
  if (!first) {
    overdue_.reset();
  } else if (!overdue_ || overdue_->id != first->id) {
    overdue_ = first;
  }
  tell_health();
}

void PluginDriver::tell_health() {
  std::string problem = problem_;
  if (problem.empty() && overdue_) problem = "it does not answer: " + to_string(*overdue_);
  if (problem == told_problem_) return;
  told_problem_ = problem;
  sink_.health(setup_.name, problem);
}

// ---- End ----

void PluginDriver::complete_pending(consort_status status, std::string message) {
  Completion completion;
  completion.status = status;
  completion.message = std::move(message);
  operations_.complete_all(completion);
}

void PluginDriver::close() {
  if (closing_) return;
  closing_ = true;
  closed_timer_.expires_after(setup_.limits.destroy);
  plugin_->finish();
}

asio::awaitable<void> PluginDriver::closed() {
  while (!destroyed_) {
    error_code cancelled;
    co_await closed_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (!cancelled) break;  // expired
  }
  if (!plugin_) co_return;
  // Destroyed is the last that the thread says: it has ended, or does in a moment.
  const bool ended = plugin_->join(destroyed_ ? setup_.limits.destroy : base::Duration{});
  if (!ended) {
    log(CONSORT_LOG_ERROR, "it has not ended after " +
                               model::format_duration(setup_.limits.destroy) +
                               "; its thread is left behind");
  }
  plugin_.reset();
  inbox_->close();
  if (!init_->ended) {
    init_ended(CONSORT_E_RETRY, "it was shut down before its init had ended");
  }
  complete_pending(CONSORT_E_DROPPED, dropped);
}

}  // namespace consort::runtime
