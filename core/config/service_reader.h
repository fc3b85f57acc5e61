#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/service.h"

namespace consort::config {

// Reads one merged entry of `services:`. First each key by itself (service_reader_keys.cc), then
// what follows from several keys together (service_reader.cc).
class ServiceReader {
 public:
  ServiceReader(const Entry& entry, ServiceContext& context);

  model::Service run();

 private:
  using Read = void (ServiceReader::*)(const Entry&, const Path&);

  // nullptr: the key is kept as the file has it.
  static Read reader_of(std::string_view key);
  void read_key(const Entry& entry);
  void unknown(const Entry& entry);

  void skip(const Entry&, const Path&) {}
  void text(const Entry& entry, const Path& path);
  void text_or_map(const Entry& entry, const Path& path);
  void text_by_name(const Entry& entry, const Path& path);
  void boolean(const Entry& entry, const Path& path);
  void words(const Entry& entry, const Path& path);
  void binary(const Entry& entry, const Path& path);
  void args(const Entry& entry, const Path& path);
  void environment(const Entry& entry, const Path& path);
  void profiles(const Entry& entry, const Path& path);
  void depends_on(const Entry& entry, const Path& path);
  void restart(const Entry& entry, const Path& path);
  void deploy(const Entry& entry, const Path& path);
  void scale(const Entry& entry, const Path& path);
  void stop_grace_period(const Entry& entry, const Path& path);
  void stop_signal(const Entry& entry, const Path& path);
  void ports(const Entry& entry, const Path& path);
  void ulimits(const Entry& entry, const Path& path);
  void healthcheck(const Entry& entry, const Path& path);
  void umask(const Entry& entry, const Path& path);
  std::optional<std::uint32_t> replica_count(const Node& node, const Path& path);

  void finish_replicas();
  void finish_environment();
  void finish_command();
  void finish_working_dir();
  void finish_healthcheck();
  void finish_dependencies();
  void check_command();
  void note_unused_keys();
  bool has_use(std::string_view key) const;
  bool in_container() const { return service_.runtime == "container"; }
  bool failed() const { return incomplete_ || out_.errors() > errors_before_; }
  const Node* value(std::string_view key) const;  // nullptr where it is not there or null

  const Entry& entry_;
  ServiceContext& context_;
  Diagnostics& out_;
  const std::size_t errors_before_;
  Path services_;
  Path path_;
  model::Service service_;
  std::vector<std::string> command_, entrypoint_, args_;
  std::string binary_;
  Environment environment_;
  Healthcheck healthcheck_;
  const Entry* healthcheck_entry_ = nullptr;
  const Entry* scale_entry_ = nullptr;
  const Entry* deploy_replicas_ = nullptr;
  std::optional<std::uint32_t> scale_, deploy_count_;
  bool deploy_policy_ = false;
  bool incomplete_ = false;  // a value could not be interpolated: that is reported already
};

}  // namespace consort::config
