#include "core/cli/log_printer.h"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace consort::cli {
namespace {

// A line longer than this is shown in pieces, so that an endless one needs no endless memory.
constexpr std::size_t longest_line = 1u << 20;

std::string json_line(std::string_view replica, std::string_view time, bool err,
                      std::string_view text) {
  boost::json::object object;
  object["service"] = service_of(replica);
  object["index"] = index_of(replica);
  object["time"] = time;
  object["stream"] = err ? "stderr" : "stdout";
  object["line"] = text;
  return boost::json::serialize(object) + '\n';
}

}  // namespace

void LogPrinter::expect(std::string_view replica) {
  width_ = std::max(width_, replica.size());
  color_of(replica);
}

Color LogPrinter::color_of(std::string_view replica) {
  static constexpr Color wheel[] = {Color::cyan, Color::yellow, Color::green, Color::magenta,
                                    Color::blue};
  const std::string_view service = service_of(replica);
  const auto known = colors_.find(service);
  if (known != colors_.end()) return known->second;
  return colors_.emplace(service, wheel[colors_.size() % std::size(wheel)]).first->second;
}

std::string LogPrinter::show(std::string_view replica, std::string_view time, bool err,
                             std::string_view text) {
  if (style_.json) return json_line(replica, time, err, text);
  std::string shown;
  if (style_.prefix) {
    width_ = std::max(width_, replica.size());
    std::string name(replica);
    name.append(width_ - replica.size(), ' ');
    shown = paint(style_.terminal, color_of(replica), name + "  | ");
  }
  if (style_.times) {
    shown += time;
    shown += ' ';
  }
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (style_.terminal.is_terminal) {
    shown += harmless(text);
  } else {
    shown += text;
  }
  shown += '\n';
  return shown;
}

std::string LogPrinter::print(const LogRecord& record) {
  std::string key(record.replica);
  key += record.err ? '2' : '1';
  const auto begun = partial_.find(key);
  if (begun == partial_.end()) {
    if (!record.partial) return show(record.replica, record.time, record.err, record.text);
    partial_.emplace(std::move(key), Partial{std::string(record.replica), std::string(record.time),
                                             std::string(record.text), record.err});
    return {};
  }
  begun->second.text += record.text;
  if (record.partial && begun->second.text.size() < longest_line) return {};
  const Partial whole = std::move(begun->second);
  partial_.erase(begun);
  return show(whole.replica, whole.time, whole.err, whole.text);
}

std::string LogPrinter::rest() {
  std::string shown;
  for (const auto& [key, part] : partial_) {
    shown += show(part.replica, part.time, part.err, part.text);
  }
  partial_.clear();
  return shown;
}

}  // namespace consort::cli
