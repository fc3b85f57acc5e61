#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "plugins/docker/json_view.h"

namespace consort::docker {

// Reads what the engine streams while it pulls or builds: JSON objects, one after another.
class ProgressReader {
 public:
  using Tell = std::function<void(const std::string& message)>;
  // `what`: "pulling busybox:1", before the percentage.
  ProgressReader(std::string what, Tell tell);

  // Every line of a build's output is told from now on, as "WHO: line", not its steps alone.
  void tell_output(std::string who) { output_of_ = std::move(who); }

  void put(std::string_view bytes);
  // Why it failed; "" if it did not (yet). Of a build with the output of the failing step.
  const std::string& failure() const { return failure_; }
  const std::string& image() const { return image_; }  // what was built, by id

 private:
  void heard(const json::value& message);
  void heard_layer(const json::value& message);
  void heard_output(std::string_view text);

  const std::string what_;
  const Tell tell_;
  std::string buffer_;
  std::string failure_;
  std::string image_;
  void tell_lines(std::string_view text);

  std::string output_of_;
  std::string line_;  // that has no end yet
  std::string step_;  // the output of the present step
  struct Layer {
    double current = 0, total = 0;
  };
  std::map<std::string, Layer> layers_;
  int told_ = -1;  // per cent
};

}  // namespace consort::docker
