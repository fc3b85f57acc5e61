#include "plugins/ssh/remote_time.h"

#include <chrono>

namespace consort::ssh {

std::optional<std::int64_t> parse_stamp(std::string_view stamp) {
  constexpr std::string_view form = "0000-00-00T00:00:00.000000000Z";
  if (stamp.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = stamp[i] >= '0' && stamp[i] <= '9';
    if (form[i] == '0' ? !digit : stamp[i] != form[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (const char digit : stamp.substr(at, count)) value = value * 10 + (digit - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day date{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  // 60 is a leap second. The years are those that 64 bits of nanoseconds hold in full.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || date.year() < year(1678) ||
      date.year() > year(2261)) {
    return std::nullopt;
  }
  const nanoseconds whole = sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) +
                            seconds(second) + nanoseconds(number(20, 9));
  return whole.count();
}

}  // namespace consort::ssh
