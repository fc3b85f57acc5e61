// What is asked of the template that shims are forked from, and its end.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "plugins/process/shims.h"

namespace consort::process {
namespace {

// An answer takes some milliseconds, on a machine under load some hundreds.
constexpr std::chrono::seconds template_check_every{1};
constexpr std::chrono::seconds template_patience{30};

}  // namespace

void Shims::request(shim::Action action, Pending pending, std::vector<Fd> descriptors) {
  use_template();
  const std::uint64_t op = next_op_++;
  const std::string directory = pending.directory;
  pending.has_descriptors = !descriptors.empty();
  pending_.emplace(op, std::move(pending));
  if (pending_.size() == 1) template_heard_ = std::chrono::steady_clock::now();
  expect_answer();
  const bool waited = template_->backlog();
  template_->send(action, op, directory, std::move(descriptors));
  if (template_->backlog() != waited) watch_template();
}

void Shims::use_template() {
  if (template_) return;
  auto launched = ShimTemplate::launch(options_.shim, options_.lock);
  if (const auto* error = std::get_if<std::string>(&launched)) {
    throw Error(CONSORT_E_FAILED, *error);
  }
  template_.emplace(std::move(std::get<ShimTemplate>(launched)));
  watch_template();
}

void Shims::watch_template() {
  const std::uint32_t events = CONSORT_READABLE | (template_->backlog() ? CONSORT_WRITABLE : 0);
  reactor_.watch(template_->socket(), events,
                 [this](std::uint32_t ready) { template_ready(ready); });
}

void Shims::template_ready(std::uint32_t ready) {
  if ((ready & CONSORT_WRITABLE) != 0) {
    template_->flush();
    if (!template_->backlog()) watch_template();
  }
  bool ended = false;
  while (const auto reply = template_->receive(ended)) {
    template_heard_ = std::chrono::steady_clock::now();
    replied(*reply);
  }
  if (ended) template_ended();
}

// Killed from outside. Where a new one can be had, every shim of the old one has its record by then
// (ShimTemplate::launch), so what was asked for and not answered either runs or is asked for again.
void Shims::template_ended() {
  host_.log(CONSORT_LOG_WARNING, "the shim template ended; another takes its place");
  reactor_.unwatch(template_->socket());
  template_.reset();
  auto unanswered = std::exchange(pending_, {});
  if (unanswered.empty()) return;
  try {
    use_template();
  } catch (const std::exception& error) {
    host_.log(CONSORT_LOG_ERROR, error.what());
  }
  for (auto& [op, pending] : unanswered) unanswered_by_template(std::move(pending));
}

void Shims::unanswered_by_template(Pending pending) {
  shim::Reply reply;
  reply.error = EAGAIN;
  if (!pending.started) return adopted(pending.id, reply);
  try {
    const auto record = read_record(pending.directory);
    if (record && record->child.pid != 0) {
      reply.error = 0;
      reply.shim_pid = record->shim.pid;
      reply.child_pid = record->child.pid;
      return began(std::move(pending), reply, record->shim);
    }
    if (!record && template_ && !pending.again && !pending.has_descriptors) {
      pending.again = true;
      return request(shim::Action::start, std::move(pending), {});
    }
  } catch (const std::exception& error) {
    host_.log(CONSORT_LOG_WARNING, error.what());
  }
  pending.started(reply);
}

// A template that is stopped or hangs answers nobody: it is killed, and template_ended() goes on.
void Shims::check_template() {
  template_check_ = 0;
  if (!template_ || pending_.empty()) return;
  const auto silent = std::chrono::steady_clock::now() - template_heard_;
  if (template_->is_stopped() || silent > template_patience) {
    host_.log(CONSORT_LOG_WARNING, "the shim template does not answer: it is killed");
    return template_->kill();
  }
  expect_answer();
}

void Shims::expect_answer() {
  if (template_check_ != 0) return;
  template_check_ = reactor_.after(template_check_every, [this] { check_template(); });
}

void Shims::replied(const shim::Reply& reply) {
  auto node = pending_.extract(reply.op);
  if (node.empty()) return;
  Pending& pending = node.mapped();
  if (!pending.started) return adopted(pending.id, reply);
  if (reply.error != 0) {
    // The shim of a failed start is a child that ends at once: reaped, not watched.
    if (reply.shim_pid > 0) ::waitpid(reply.shim_pid, nullptr, 0);
    ::unlink(exit_file(pending.id).c_str());
    return pending.started(reply);
  }
  // A start time of 0: our own child, whose pid cannot pass to another before we reap it.
  began(std::move(pending), reply, {reply.shim_pid, 0});
}

}  // namespace consort::process
