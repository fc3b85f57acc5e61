#include "core/cli/runtime_checkup.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>

#include <consort/runtime.h>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/file.h"
#include "core/cli/lone_runtime.h"
#include "core/cli/temporary_folder.h"
#include "core/daemon/convert.h"

namespace consort::cli {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr auto patience = std::chrono::seconds(10);

struct Child {
  std::string name;
  pid_t pid = -1;
  Fd answer;  // ends with the child
};

json::object problem(const std::string& name, const std::string& message) {
  return daemon::fingerprint_json(name, Error(message));
}

asio::awaitable<Result<int>> ask(const std::string& name, json::object& answer,
                                 runtime::Driver& driver) {
  const auto found = co_await driver.fingerprint();
  answer = daemon::fingerprint_json(name, found);
  co_return 0;
}

// Without the terminal, so that none of them asks the person anything.
[[noreturn]] void answer_and_end(Context& context, const std::string& name,
                                 const std::filesystem::path& folder, int to) {
  ::setsid();
  Person nobody;
  json::object answer;
  const auto asked =
      with_lone_runtime(context, name, CONSORT_EXT_FINGERPRINT, folder, nobody,
                        [&](runtime::Driver& driver) { return ask(name, answer, driver); });
  if (!asked) answer = daemon::fingerprint_json(name, asked.error());
  context.err.flush();
  (void)base::write_all(to, json::serialize(answer));
  ::_exit(0);
}

Result<Child> start(Context& context, const std::string& name,
                    const std::filesystem::path& folder) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::system_error("make a pipe for", name, errno);
  Child child{name, -1, Fd(ends[0])};
  const Fd to(ends[1]);
  child.pid = ::fork();
  if (child.pid < 0) return base::system_error("start a process for", name, errno);
  if (child.pid == 0) answer_and_end(context, name, folder, to.get());
  return child;
}

// All that it says until it ends; none if it has not by then.
std::optional<std::string> read_until(int fd, Clock::time_point limit) {
  std::string text;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now());
    pollfd wait{fd, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    char buffer[4096];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

json::object result_of(const Child& child, Clock::time_point limit) {
  const auto text = read_until(child.answer.get(), limit);
  if (!text) ::kill(-child.pid, SIGKILL);  // with what it has started
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!text) return problem(child.name, "it has not answered within 10 s");
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return problem(child.name, std::string("it crashed when it was asked: ") + ::strsignal(number) +
                                   " (signal " + std::to_string(number) + ")");
  }
  boost::system::error_code failed;
  json::value answer = json::parse(*text, failed);
  if (failed || !answer.is_object()) {
    return problem(child.name, "it ended the process that asked it");
  }
  return std::move(answer.get_object());
}

}  // namespace

std::vector<json::object> check_up(Context& context, const std::vector<std::string>& names) {
  context.out.flush();
  context.err.flush();
  std::vector<json::object> answers;
  const auto folder = TemporaryFolder::make();
  if (!folder) {
    for (const auto& name : names) answers.push_back(problem(name, folder.error().message()));
    return answers;
  }
  std::vector<Result<Child>> children;
  for (const auto& name : names) {
    const auto own = folder->path() / name;
    if (auto made = base::ensure_private_directory(own); !made) {
      children.emplace_back(made.error());
    } else {
      children.push_back(start(context, name, own));
    }
  }
  const auto limit = Clock::now() + patience;
  for (std::size_t i = 0; i < names.size(); ++i) {
    answers.push_back(children[i] ? result_of(*children[i], limit)
                                  : problem(names[i], children[i].error().message()));
  }
  return answers;
}

}  // namespace consort::cli
