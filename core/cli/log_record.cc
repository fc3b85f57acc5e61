#include "core/cli/log_record.h"

#include <charconv>

#include "core/model/json.h"

namespace consort::cli {
namespace {

// The text up to the next space, which is taken off with it.
std::optional<std::string_view> field(std::string_view& line) {
  const std::size_t end = line.find(' ');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end + 1);
  return word;
}

}  // namespace

std::optional<LogRecord> parse_log_record(std::string_view line) {
  LogRecord record;
  const auto replica = field(line);
  const auto time = replica ? field(line) : std::nullopt;
  const auto stream = time ? field(line) : std::nullopt;
  if (!stream || (*stream != "stdout" && *stream != "stderr")) return std::nullopt;
  if (line.empty() || (line[0] != 'P' && line[0] != 'F')) return std::nullopt;
  record.replica = *replica;
  record.time = *time;
  record.err = *stream == "stderr";
  record.partial = line[0] == 'P';
  if (line.size() > 2) record.text = line.substr(2);
  return record;
}

std::string_view service_of(std::string_view replica) {
  return index_of(replica) == 0 ? replica : replica.substr(0, replica.rfind('-'));
}

std::uint32_t index_of(std::string_view replica) {
  const std::size_t dash = replica.rfind('-');
  if (dash == std::string_view::npos) return 0;
  std::uint32_t index = 0;
  const char* const end = replica.data() + replica.size();
  const auto [at, error] = std::from_chars(replica.data() + dash + 1, end, index);
  return error == std::errc() && at == end ? index : 0;
}

bool LogOnce::Reading::is_new(const LogRecord& record) {
  const auto time = model::parse_time(record.time);
  if (!time) return true;
  auto place = at_.find(record.replica);
  if (place == at_.end()) place = at_.emplace(record.replica, Place{}).first;
  if (place->second.time != *time) place->second = {*time, 0};
  ++place->second.count;

  auto seen = log_->seen_.find(record.replica);
  if (seen == log_->seen_.end()) seen = log_->seen_.emplace(record.replica, Place{}).first;
  if (*time < seen->second.time) return false;
  if (*time == seen->second.time && place->second.count <= seen->second.count) return false;
  seen->second = place->second;
  return true;
}

std::optional<base::WallTime> LogOnce::last(std::string_view replica) const {
  const auto seen = seen_.find(replica);
  if (seen == seen_.end()) return std::nullopt;
  return seen->second.time;
}

std::optional<base::WallTime> LogOnce::oldest_end() const {
  std::optional<base::WallTime> oldest;
  for (const auto& [replica, place] : seen_) {
    if (!oldest || place.time < *oldest) oldest = place.time;
  }
  return oldest;
}

}  // namespace consort::cli
