#include "plugins/ssh/prompts.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace consort::ssh {

Async<std::optional<std::string>> Prompts::secret(asio::any_io_executor executor,
                                                  std::string message) {
  const auto waiting = std::make_shared<Waiting>(executor);
  std::uint64_t prompt = 0;
  {
    const std::lock_guard lock(mutex_);
    prompt = ++last_;
    waiting_[prompt] = waiting;
  }
  if (!host_.ask(prompt, CONSORT_PROMPT_SECRET, "", message)) answered(prompt, false, "");
  while (!waiting->done) co_await waiting->told.wait();
  co_return std::move(waiting->text);
}

void Prompts::answered(std::uint64_t prompt, bool given, std::string text) {
  std::shared_ptr<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(prompt);
    if (found == waiting_.end()) return;
    waiting = std::move(found->second);
    waiting_.erase(found);
  }
  asio::post(waiting->executor, [waiting, given, text = std::move(text)]() mutable {
    if (given) waiting->text = std::move(text);
    waiting->done = true;
    waiting->told.wake();
  });
}

}  // namespace consort::ssh
