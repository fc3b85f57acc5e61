#include "plugins/ssh/release.h"

namespace consort::ssh {

Release::Release(Operation op, OwedHosts& owed)
    : op_(std::move(op)), owed_(owed), hosts_(owed.all()), open_(hosts_.size()) {}

void Release::done(const HostRequest& host, const std::string& problem) {
  const std::lock_guard lock(mutex_);
  if (problem.empty()) {
    cleared_.push_back(host);
  } else {
    add_problem(problem);
  }
  if (--open_ > 0) return;
  try {
    for (const auto& cleared : cleared_) owed_.remove(cleared);
  } catch (const Error& e) {
    add_problem(e.what());
  }
  problems_.empty() ? op_.ok() : op_.fail(CONSORT_E_RETRY, problems_);
}

void Release::add_problem(const std::string& problem) {
  problems_ += (problems_.empty() ? "" : "\n") + problem;
}

}  // namespace consort::ssh
