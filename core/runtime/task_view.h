#pragma once

#include <string>
#include <vector>

#include <consort/runtime.h>

#include "core/runtime/driver.h"

namespace consort::runtime {

// A list of strings as the ABI takes it: pointers, null at the end. Borrows the strings.
std::vector<const char*> c_strings(const std::vector<std::string>& strings);

// A Task as a consort_task. Borrows the task, which must outlive it.
class TaskView {
 public:
  explicit TaskView(const Task& task);
  TaskView(const TaskView&) = delete;
  TaskView& operator=(const TaskView&) = delete;

  const consort_task* raw() const { return &raw_; }

 private:
  std::vector<std::string> environment_;
  std::vector<const char*> argv_;
  std::vector<const char*> env_;
  std::string service_json_;
  consort_task raw_{};
};

// A length in whole milliseconds, rounded up; negative is 0.
std::uint64_t milliseconds(base::Duration duration);

}  // namespace consort::runtime
