#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/ssh/log_lines.h"

namespace consort::ssh {

// What the relay answers to `follow` (plugins/process/shim/relay.h).
class Followed {
 public:
  // So many bytes of a log at once, also once they are decompressed.
  static constexpr std::size_t most = 1 << 20;

  LogPlace place;    // of the first byte, or where it was asked for
  std::string word;  // `data`, also for what came compressed, or a state
  std::string_view bytes() const {
    return unpacked_ ? std::string_view(unpacked_.get(), size_)
                     : std::string_view(text_).substr(at_);
  }

 private:
  friend std::optional<Followed> parse_followed(std::string text);
  bool unpack(std::string_view length);

  std::string text_;
  std::size_t at_ = 0;
  std::unique_ptr<char[]> unpacked_;
  std::size_t size_ = 0;
};

// None if it is no such answer. Whatever a host sends, no more than Followed::most is made of it.
std::optional<Followed> parse_followed(std::string text);
// Where the log goes on behind an answer, by its first line and the length of the rest. None if
// there is nothing of the log in it.
std::optional<LogPlace> place_behind(std::string_view line, std::size_t rest);

// How many bytes rotation has taken between two places, by the relay's answer to `trim`. None if it
// does not say so of every segment between them.
std::optional<std::uint64_t> dropped_between(std::string_view dropped, const LogPlace& from,
                                             const LogPlace& to);

}  // namespace consort::ssh
