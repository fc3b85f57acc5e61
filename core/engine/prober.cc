#include "core/engine/prober.h"

#include "core/base/text.h"
#include "core/engine/net_probe.h"
#include "core/engine/probe_output.h"

namespace consort::engine {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

}  // namespace

Prober::Prober(Parts parts, model::Probe probe, runtime::Driver& driver, std::string instance,
               Told told)
    : parts_(parts),
      probe_(std::move(probe)),
      driver_(driver),
      instance_(std::move(instance)),
      told_(std::move(told)) {}

void Prober::start(const HealthState& health) {
  arm(first_probe(probe_, health, parts_.clock.steady()));
}

void Prober::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (timer_ != 0) parts_.timers.cancel(timer_);
  if (exec_ != 0) driver_.exec_cancel(exec_);
}

void Prober::arm(const ProbePlan& plan) {
  plan_ = plan;
  const Duration delay = plan.next - parts_.clock.steady();
  timer_ = parts_.timers.start(std::max(delay, Duration{}), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->stopped_) return;
    self->timer_ = 0;
    self->parts_.tasks.spawn("probe", self->run(self));
  });
}

base::asio::awaitable<void> Prober::run([[maybe_unused]] std::shared_ptr<Prober> self) {
  const SteadyTime began = parts_.clock.steady();
  ProbeResult result = co_await check();
  if (stopped_) co_return;
  result.due = plan_.due;
  result.began = began;
  const HealthState health = told_(result);
  if (!stopped_) arm(next_probe(probe_, health, plan_, parts_.clock.steady()));
}

base::asio::awaitable<ProbeResult> Prober::check() {
  return std::visit(
      Overload{
          [this](const model::ExecProbe& probe) { return exec(probe); },
          [this](const model::HttpProbe& probe) { return probe_http(probe, probe_.timeout); },
          [this](const model::TcpProbe& probe) { return probe_tcp(probe, probe_.timeout); },
      },
      probe_.check);
}

base::asio::awaitable<ProbeResult> Prober::exec(model::ExecProbe probe) {
  runtime::ExecRequest request;
  request.argv = std::move(probe.argv);
  request.timeout = probe_.timeout;
  const auto out = ProbeOutput::open(parts_.tasks.executor());
  const auto err = ProbeOutput::open(parts_.tasks.executor());
  if (out) request.out = out->take_writer();
  if (err) request.err = err->take_writer();
  std::function<void(std::uint64_t)> started = [self = shared_from_this()](std::uint64_t id) {
    if (self->stopped_) return self->driver_.exec_cancel(id);
    self->exec_ = id;
  };
  auto code = co_await driver_.exec(instance_, std::move(request), std::move(started));
  exec_ = 0;
  ProbeResult result;
  result.success = code && *code == 0;
  if (!code) {
    result.output = code.error().message();
  } else if (!result.success) {
    result.output = *code == 124
                        ? "the probe did not end within " + model::format_duration(probe_.timeout)
                        : "the probe exited with " + std::to_string(*code);
    std::string said = err ? err->last_line() : "";
    if (said.empty() && out) said = out->last_line();
    if (!said.empty()) result.output += ": " + base::visible(said);
  }
  co_return result;
}

}  // namespace consort::engine
