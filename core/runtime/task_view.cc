#include "core/runtime/task_view.h"

#include <boost/json/serialize.hpp>

namespace consort::runtime {

std::vector<const char*> c_strings(const std::vector<std::string>& strings) {
  std::vector<const char*> list;
  list.reserve(strings.size() + 1);
  for (const std::string& string : strings) list.push_back(string.c_str());
  list.push_back(nullptr);
  return list;
}

std::uint64_t milliseconds(base::Duration duration) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return ms < 0 ? 0 : static_cast<std::uint64_t>(ms);
}

TaskView::TaskView(const Task& task) {
  environment_.reserve(task.environment.size());
  for (const auto& [key, value] : task.environment) environment_.push_back(key + "=" + value);
  argv_ = c_strings(task.service.argv);
  env_ = c_strings(environment_);
  service_json_ = boost::json::serialize(task.service.spec);

  raw_.size = sizeof raw_;
  raw_.index = task.index;
  raw_.instance = task.instance.c_str();
  raw_.project = task.project.c_str();
  raw_.service = task.service.name.c_str();
  raw_.instance_dir = task.instance_dir.c_str();
  raw_.working_dir = task.service.working_dir.c_str();
  raw_.argv = argv_.data();
  raw_.env = env_.data();
  raw_.stop_signal = task.service.stop_signal ? task.service.stop_signal->c_str() : nullptr;
  raw_.stop_grace_ms = milliseconds(task.service.stop_grace_period);
  raw_.stdin_open = task.service.stdin_open;
  raw_.tty = task.service.tty;
  raw_.service_json = service_json_.c_str();
  if (task.fresh) raw_.flags |= CONSORT_TASK_FRESH;
  if (task.one_off) raw_.flags |= CONSORT_TASK_ONE_OFF;
}

}  // namespace consort::runtime
