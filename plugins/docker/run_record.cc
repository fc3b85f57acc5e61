#include "plugins/docker/run_record.h"

#include <consort/values.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "plugins/docker/json_view.h"

namespace consort::docker {

void write_file(const std::string& path, std::string_view content) {
  const auto fail = [&] {
    throw Error(CONSORT_E_FAILED, "cannot write " + path + ": " + std::strerror(errno));
  };
  const std::string next = path + ".new";
  Fd fd(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) fail();
  while (!content.empty()) {
    const ssize_t written = ::write(fd.get(), content.data(), content.size());
    if (written < 0 && errno != EINTR) fail();
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::rename(next.c_str(), path.c_str()) != 0) fail();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

RunRecords::RunRecords(std::string folder) : folder_(std::move(folder)) {
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    throw Error(CONSORT_E_FAILED, "cannot create " + folder_ + ": " + std::strerror(errno));
  }
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
    boost::system::error_code failed;
    const json::value value = json::parse(read_file(entry.path()), failed);
    RunRecord record;
    record.container = text_at(value, "container");
    record.started_before = text_at(value, "started_before");
    record.log_before = LogCursor::parse(text_at(value, "log_before"));
    record.one_off = bool_at(value, "one_off");
    record.hooks_due = bool_at(value, "hooks_due");
    if (!record.container.empty()) records_[entry.path().filename()] = std::move(record);
  }
}

const RunRecord* RunRecords::find(const std::string& instance) const {
  const auto found = records_.find(instance);
  return found == records_.end() ? nullptr : &found->second;
}

void RunRecords::write(const std::string& instance, RunRecord record) {
  write_file(folder_ + "/" + instance, json::serialize(json::object{
                                           {"container", record.container},
                                           {"started_before", record.started_before},
                                           {"log_before", record.log_before.text()},
                                           {"one_off", record.one_off},
                                           {"hooks_due", record.hooks_due},
                                       }));
  records_[instance] = std::move(record);
}

void RunRecords::remove(const std::string& instance) {
  if (records_.erase(instance) != 0) ::unlink((folder_ + "/" + instance).c_str());
}

std::string RunRecords::other_of(const std::string& container, const std::string& than) const {
  for (const auto& [instance, record] : records_) {
    if (record.container == container && instance != than) return instance;
  }
  return {};
}

}  // namespace consort::docker
