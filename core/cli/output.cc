#include "core/cli/output.h"

#include "core/base/file.h"
#include "core/base/text.h"

namespace consort::cli {
namespace {
constexpr std::size_t flush_at = 64 * 1024;
}

void Output::write(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= flush_at) flush();
}

void Output::line(std::string_view text) {
  buffer_ += text;
  write("\n");
}

void Output::message(std::string_view text) { line(base::visible(text)); }

void Output::flush() {
  if (buffer_.empty()) return;
  (void)base::write_all(fd_, buffer_);
  buffer_.clear();
}

}  // namespace consort::cli
