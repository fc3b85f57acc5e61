#include "plugins/ssh/place.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "plugins/ssh/connect.h"
#include "plugins/ssh/trust.h"

namespace consort::ssh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// How long an answer waits for the log that is on its way.
constexpr milliseconds log_patience = seconds(5);
constexpr std::string_view exec_key = "exec=";

}  // namespace

Place::Place(Host host, asio::any_io_executor executor, std::function<Target()> target,
             std::shared_ptr<const ShimProgram> shim, std::shared_ptr<Prompts> prompts,
             std::string folder, std::function<void(const std::string&)> forgotten)
    : host_(host),
      executor_(executor),
      target_(std::move(target)),
      prompts_(std::move(prompts)),
      folder_(std::move(folder)),
      forgotten_(std::move(forgotten)),
      uploaded_(executor) {
  const auto each = [this](auto&& tell) {
    const auto all = instances_;  // telling may forget one
    for (const auto& [id, instance] : all) tell(*instance);
  };
  connection_ = std::make_shared<Connection>(Connection::Parts{
      executor, target_, std::move(shim), prompts_,
      [this, each] {
        each([](Instance& instance) { instance.reached(); });
        came();
      },
      [each](const std::string& why) { each([&](Instance& instance) { instance.lost(why); }); }});
}

std::shared_ptr<Instance> Place::find(const std::string& instance) const {
  const auto found = instances_.find(instance);
  return found == instances_.end() ? nullptr : found->second;
}

void Place::close() {
  for (const auto& [id, instance] : instances_) instance->leave();
  connection_->close();
}

std::shared_ptr<Instance> Place::know(Launch launch) {
  auto& instance = instances_[launch.instance];
  if (!instance) {
    const std::string path = folder_ + "/" + launch.instance;
    instance = std::make_shared<Instance>(host_, connection_, std::move(launch), path);
  }
  connection_->keep(true);
  return instance;
}

// The program that comes from this machine is there, and is what is run.
Async<Launch> Place::with_program(std::shared_ptr<Relay> relay, Launch launch) {
  if (launch.upload.empty()) co_return launch;
  // One at a time: two services may have the same.
  while (uploading_) co_await uploaded_.wait();
  struct Turn {
    explicit Turn(Place& p) : place(p) { place.uploading_ = true; }
    ~Turn() {
      place.uploading_ = false;
      place.uploaded_.wake();
    }
    Place& place;
  };
  const Turn turn(*this);
  const auto file = std::make_shared<const UploadFile>(read_upload(launch.upload));
  const std::string path = co_await upload(relay, root(*relay), file);
  for (auto& record : launch.records) {
    if (record.starts_with(exec_key)) record = std::string(exec_key) + path;
  }
  co_return launch;
}

Async<void> Place::start(Launch launch) {
  const auto self = shared_from_this();
  const std::string id = launch.instance;
  // What was never there is nothing to come back to.
  struct Unstarted {
    ~Unstarted() {
      if (place != nullptr) place->forget(id);
    }
    Place* place;
    const std::string& id;
  } unstarted{find(id) ? nullptr : this, id};
  const auto relay = co_await connection_->relay();
  const auto instance = know(launch);
  const std::string program = launch.program;
  Launch complete = co_await with_program(relay, std::move(launch));
  std::vector<std::string> fields{instance->directory(*relay)};
  fields.insert(fields.end(), complete.records.begin(), complete.records.end());
  unstarted.place = nullptr;  // from here on it may be there, whatever becomes of the answer
  const Relay::Reply started = co_await relay->ask("start", std::move(fields));
  if (!started.ok()) {
    const std::vector<std::string> own{instance->directory(*relay)};
    co_await relay->ask("remove", own);
    forget(id);
    std::string why = started.text;
    while (why.ends_with('\n')) why.pop_back();
    // The shim names its folder; a person knows the program.
    const std::string shims = "consort-shim: cannot start " + own.front() + ": ";
    if (why.starts_with(shims)) why.erase(0, shims.size());
    throw Error(CONSORT_E_FAILED,
                "cannot start " + program + " on " + relay->session().host() + ": " + why);
  }
  if (!relay->without_shim().empty() && !std::exchange(told_without_shim_, true)) {
    host_.progress(id, "on " + relay->session().host() + " " + relay->without_shim() +
                           ": a shell script does what it can, see docs/remote.md");
  }
  instance->watch();
}

Async<std::string> Place::attach(Launch launch) {
  const auto self = shared_from_this();
  const auto instance = know(std::move(launch));
  if (!connection_->present() && connection_->problem().empty()) {
    try {
      co_await connection_->relay();
    } catch (const Error&) {  // told below
    }
  }
  if (!connection_->present()) {  // whoever asks is told again when the host is back
    instance->lost(connection_->problem());
    throw connection_->error();
  }
  instance->watch();
  std::string word = co_await instance->state(log_patience);
  if (!word.empty()) co_return word;
  const auto now = connection_->present();
  if (!now) throw connection_->error();
  // Its log takes long: the state is asked for without it.
  std::vector<std::string> more{"4294967295", "0", "65536", ""};
  const std::string answer =
      co_await ask("attach to it", "follow", instance->id(), std::move(more));
  const std::string line = answer.substr(0, answer.find('\n'));
  co_return line.substr(line.rfind(' ') + 1);
}

// A launcher says how far it is, and is asked again.
Async<void> Place::stop_there(std::shared_ptr<Relay> relay, std::string what,
                              std::vector<std::string> fields) {
  for (;;) {
    const std::string word = co_await relay->demand(what, "stop", fields);
    if (word != "running") co_return;
    co_await pause(relay->session().executor(), milliseconds(100));
  }
}

Async<void> Place::stop(std::string id, int signal, std::chrono::milliseconds grace) {
  const auto self = shared_from_this();
  const auto instance = find(id);
  if (!instance) co_return;
  std::shared_ptr<Relay> relay;
  try {
    relay = co_await connection_->relay();
  } catch (const Error& e) {  // for whatever reason: nothing is known of it
    throw Error(CONSORT_E_RETRY, e.what());
  }
  std::vector<std::string> fields{instance->directory(*relay),
                                  std::to_string(signal != 0 ? static_cast<std::uint64_t>(signal)
                                                             : instance->launch().stop_signal),
                                  std::to_string(grace.count())};
  const std::string what = "stop " + id;
  co_await stop_there(relay, what, std::move(fields));
  co_await instance->over(log_patience);
}

Async<void> Place::remove(std::string id) {
  const auto self = shared_from_this();
  const auto instance = find(id);
  const auto relay = co_await connection_->relay();
  if (instance) instance->leave();
  std::vector<std::string> fields{root(*relay) + "/" + id};
  const std::string what = "remove " + id;
  co_await relay->demand(what, "remove", std::move(fields));
  forget(id);
}

void Place::forget(const std::string& id) {
  instances_.erase(id);
  forgotten_(id);
  if (instances_.empty()) connection_->keep(false);
}

void Place::came() {
  for (const auto& directory : std::exchange(left_, {})) {
    asio::co_spawn(executor_, Execution::clean(connection_->present(), directory, leaver()),
                   asio::detached);
  }
}

Execution::Left Place::leaver() {
  return [weak = weak_from_this()](const std::string& directory) {
    if (const auto self = weak.lock()) self->left_.insert(directory);
  };
}

Execution* Place::execution(std::uint64_t number) {
  const auto found = executions_.find(number);
  return found == executions_.end() ? nullptr : found->second.get();
}

Async<int> Place::execute(std::string id, ExecOrder order, std::uint64_t number) {
  const auto self = shared_from_this();
  const auto relay = co_await connection_->relay();
  const std::string directory = root(*relay) + "/" + id + ".exec" + std::to_string(::getpid()) +
                                "-" + std::to_string(++execs_);
  const auto execution = std::make_shared<Execution>(relay, directory, std::move(order), leaver());
  executions_[number] = execution;
  struct Leave {
    Place& place;
    std::uint64_t number;
    ~Leave() { place.executions_.erase(number); }
  };
  const Leave leave{*this, number};
  co_return co_await execution->run();
}

Async<std::string> Place::ask(std::string what, std::string request, std::string id,
                              std::vector<std::string> more) {
  const auto self = shared_from_this();
  const auto relay = connection_->present();
  if (!relay) throw connection_->error();
  std::vector<std::string> fields{root(*relay) + "/" + id};
  fields.insert(fields.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
  co_return co_await relay->demand(std::move(what), std::move(request), std::move(fields));
}

Async<Fd> Place::open_input(std::string instance) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    throw Error(CONSORT_E_FAILED, "cannot open a socket for the input");
  }
  Fd ours(pair[0]);
  Fd theirs(pair[1]);
  asio::co_spawn(executor_, pass_input(weak_from_this(), std::move(instance), std::move(ours)),
                 asio::detached);
  co_return theirs;
}

// Until its end, which is not the end of the instance's input. What a full FIFO does not take is
// brought again.
Async<void> Place::pass_input(std::weak_ptr<Place> weak, std::string instance, Fd from) {
  std::string buffer(32 << 10, '\0');
  auto self = weak.lock();
  if (!self) co_return;
  const asio::any_io_executor executor = self->executor_;
  asio::posix::stream_descriptor input(executor, from.release());
  self.reset();
  for (;;) {
    error_code ended;
    const auto room = asio::buffer(buffer);
    const std::size_t n =
        co_await input.async_read_some(room, asio::redirect_error(asio::use_awaitable, ended));
    if (ended) co_return;
    for (std::size_t at = 0; at < n;) {
      self = weak.lock();
      if (!self) co_return;
      std::size_t taken = 0;
      try {
        std::vector<std::string> bytes{buffer.substr(at, n - at)};
        const std::string answer =
            co_await self->ask("write to it", "write", instance, std::move(bytes));
        taken = std::stoul(answer);
      } catch (const std::exception&) {
        co_return;
      }
      self.reset();
      at += taken;
      if (taken == 0) co_await pause(executor, milliseconds(20));
    }
  }
}

Async<std::string> Place::check(Launch launch) {
  const auto self = shared_from_this();
  const auto relay = co_await connection_->relay();
  std::vector<std::string> records = std::move(launch.records);
  if (!launch.upload.empty()) {
    (void)read_upload(launch.upload);
    for (auto& record : records) {
      if (record.starts_with(exec_key)) record = "exec=/bin/sh";
    }
  }
  const Relay::Reply checked = co_await relay->ask("check", std::move(records));
  co_return checked.ok() ? std::string() : "on " + relay->session().host() + ": " + checked.text;
}

Async<std::string> Place::list() {
  const auto self = shared_from_this();
  const auto relay = co_await connection_->relay();
  std::vector<std::string> fields{root(*relay)};
  co_return co_await relay->demand("list what runs", "list", std::move(fields));
}

Async<std::map<std::string, std::string>> Place::facts() {
  const auto self = shared_from_this();
  const auto relay = co_await connection_->relay();
  co_return relay->facts();
}

Async<std::string> Place::trust(std::string fingerprint) {
  const auto self = shared_from_this();
  const Target target = target_();
  const std::string key = co_await show_key(executor_, target, *prompts_);
  co_return trust_host(target, key, fingerprint);
}

Async<void> Place::clear(bool purge) {
  const auto self = shared_from_this();
  const auto relay = co_await connection_->relay();
  // What nobody knows of any more ends with the project.
  std::vector<std::string> fields{root(*relay)};
  const std::string lines = co_await relay->demand("list what runs", "list", fields);
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string line = lines.substr(at, end - at);
    at = end + 1;
    const std::size_t space = line.find(' ');
    if (!line.ends_with(" running")) continue;
    std::vector<std::string> stray{root(*relay) + "/" + line.substr(0, space), "15", "10000"};
    co_await stop_there(relay, "stop " + line.substr(0, space), std::move(stray));
  }
  co_await relay->demand("remove the project's folder", "remove", std::move(fields));
  std::vector<std::string> none;
  if (purge) co_await relay->demand("remove the shim", "purge", std::move(none));
}

}  // namespace consort::ssh
