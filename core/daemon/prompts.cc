#include "core/daemon/prompts.h"

#include <utility>

namespace consort::daemon {

using runtime::Answer;

Prompts::Prompts(Tell tell, Reply reply)
    : tell_(std::move(tell)), reply_(std::move(reply)), self_(std::make_shared<Prompts*>(this)) {}

void Prompts::ask(const std::string& runtime, const runtime::Question& question,
                  const std::optional<model::ReplicaId>& replica) {
  withdraw(runtime, question.number);
  if (commands_ == 0) return reply_(runtime, question.number, {Answer::Kind::nobody});
  Open open{.runtime = runtime, .question = question.number, .event = {}};
  open.event.type = "prompt";
  open.event.action = question.secret ? "secret" : "confirm";
  open.event.message = question.message;
  open.event.prompt = next_++;
  if (replica) {
    open.event.service = replica->service;
    open.event.index = replica->index;
  }
  const auto event = open.event;
  open_.emplace(event.prompt, std::move(open));
  tell_(event);
}

void Prompts::withdraw(const std::string& runtime, std::uint64_t question) {
  std::erase_if(open_, [&](const auto& entry) {
    return entry.second.runtime == runtime && entry.second.question == question;
  });
}

std::shared_ptr<void> Prompts::join() {
  ++commands_;
  for (const auto& [prompt, open] : open_) tell_(open.event);
  return {static_cast<void*>(this), [self = std::weak_ptr(self_)](void*) {
            if (const auto prompts = self.lock()) (*prompts)->leave();
          }};
}

void Prompts::leave() {
  if (--commands_ != 0) return;
  for (const auto& [prompt, open] : std::exchange(open_, {})) {
    reply_(open.runtime, open.question, {Answer::Kind::nobody});
  }
}

base::Result<void> Prompts::answer(std::uint64_t prompt, Answer answer) {
  const auto found = open_.find(prompt);
  if (found == open_.end()) {
    return base::Error(base::ErrorKind::not_found,
                       "cannot take the answer: the question is not open any more");
  }
  const Open open = std::move(found->second);
  open_.erase(found);
  reply_(open.runtime, open.question, std::move(answer));
  return {};
}

}  // namespace consort::daemon
