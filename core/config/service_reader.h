#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/healthcheck.h"
#include "core/config/runtime_choice.h"
#include "core/config/service.h"

namespace consort::config {

// Reads one entry of `services:` in normal form: the spec is its JSON form, the rest of the value
// is what the core itself needs of it.
class ServiceReader {
 public:
  ServiceReader(Entry& entry, ServiceContext& context, Diagnostics& meaning);

  model::Service run();

 private:
  void check_name();
  void check_keys();
  void check_texts(Node& node, const Path& path);
  void check_values();
  void read_spec(const RuntimeChoice& choice);
  void read_replicas();
  void read_environment();
  const Node* read_upload(const Node& binary);
  void read_command();
  void read_working_dir();
  void read_healthcheck();
  void read_restart();
  void read_stop();
  void read_stop_signal(const Node& signal);
  void read_umask();
  void check_command();

  bool in_container() const { return service_.runtime == "container"; }
  bool failed() const { return incomplete_ || form_.errors() + out_.errors() > errors_before_; }
  const Node* value(std::string_view key) const;  // nullptr where it is not there or null
  Path path(std::string_view key) const;
  bool flag(std::string_view key) const;
  std::vector<std::string> words(std::string_view key) const;

  Entry& entry_;
  ServiceContext& context_;
  Diagnostics& form_;  // of what is no valid file
  Diagnostics& out_;   // of what does not make sense
  const std::size_t errors_before_;
  Path services_;
  Path path_;
  model::Service service_;
  bool incomplete_ = false;  // a part could not be read: that is reported already
};

}  // namespace consort::config
