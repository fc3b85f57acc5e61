#include "plugins/docker/progress.h"

#include <algorithm>

namespace consort::docker {
namespace {

constexpr std::size_t kept_output = 4096;  // of a failing step, its end

std::string without_newlines_at_end(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

// The builder paints what a step writes to its standard error red; steps paint, too.
std::string without_colours(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) == "\x1b[") {
      const auto end = text.find_first_not_of("0123456789;", at + 2);
      if (end != std::string_view::npos && text[end] == 'm') {
        at = end;
        continue;
      }
    }
    plain += text[at];
  }
  return plain;
}

// Each line on one of its own, as what explains a message.
std::string indented(std::string_view lines) {
  std::string all;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    if (const auto line = without_newlines_at_end(std::string(lines.substr(0, end)));
        !line.empty()) {
      all += "\n  " + line;
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return all;
}

}  // namespace

ProgressReader::ProgressReader(std::string what, Tell tell)
    : what_(std::move(what)), tell_(std::move(tell)) {}

void ProgressReader::put(std::string_view bytes) {
  buffer_ += bytes;
  std::size_t done = 0;
  for (std::size_t end = 0; (end = buffer_.find('\n', done)) != std::string::npos; done = end + 1) {
    boost::system::error_code failed;
    const json::value message =
        json::parse(std::string_view(buffer_).substr(done, end - done), failed);
    if (!failed) heard(message);
  }
  buffer_.erase(0, done);
}

void ProgressReader::heard(const json::value& message) {
  if (auto error = text_at(message, "error"); !error.empty()) {
    failure_ = without_newlines_at_end(std::move(error));
    failure_ += indented(step_);
    return;
  }
  if (auto id = text_at(at(message, "aux"), "ID"); !id.empty()) image_ = id;
  if (const auto& output = at(message, "stream"); output.is_string()) {
    return heard_output(without_colours(output.get_string()));
  }
  heard_layer(message);
}

void ProgressReader::heard_layer(const json::value& message) {
  const json::value& detail = at(message, "progressDetail");
  const double total = to_double(at(detail, "total"));
  if (total <= 0 || text_at(message, "status") != "Downloading") return;
  layers_[text_at(message, "id")] = {to_double(at(detail, "current")), total};
  Layer all;
  for (const auto& [id, layer] : layers_) {
    all.current += layer.current;
    all.total += layer.total;
  }
  const int percent = static_cast<int>(100 * all.current / all.total);
  if (percent <= told_) return;
  told_ = percent;
  tell_(what_ + " " + std::to_string(percent) + " %");
}

void ProgressReader::heard_output(std::string_view text) {
  if (text.starts_with("Step ")) {
    step_.clear();
    if (output_of_.empty()) tell_(what_ + ": " + without_newlines_at_end(std::string(text)));
  }
  if (!output_of_.empty()) tell_lines(text);
  step_ += text;
  if (step_.size() > kept_output) step_.erase(0, step_.size() - kept_output);
}

void ProgressReader::tell_lines(std::string_view text) {
  line_ += text;
  for (std::size_t end = 0; (end = line_.find('\n')) != std::string::npos;) {
    const std::string line = without_newlines_at_end(line_.substr(0, end));
    line_.erase(0, end + 1);
    if (!line.empty()) tell_(output_of_ + ": " + line);
  }
}

}  // namespace consort::docker
