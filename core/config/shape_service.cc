#include "core/config/shape_parts.h"

namespace consort::config {
namespace {

using namespace shapes;

constexpr Shape rate_number{.form = Form::bytes, .accepts = a_whole | a_text, .keep = true};
constexpr Field rate_fields[] = {{"path", &kept_text, false, "Path"},
                                 {"rate", &rate_number, false, "Rate"}};
constexpr Shape rate{.form = Form::object, .accepts = a_map, .fields = rate_fields};
constexpr Shape rates{.form = Form::list, .accepts = a_list, .items = &rate};
constexpr Shape block_weight{
    .form = Form::whole, .accepts = a_whole | a_text, .keep = true, .low = 0, .high = 65535};
constexpr Field weight_fields[] = {{"path", &kept_text, false, "Path"},
                                   {"weight", &block_weight, false, "Weight"}};
constexpr Shape weight{.form = Form::object, .accepts = a_map, .fields = weight_fields};
constexpr Shape weights{.form = Form::list, .accepts = a_list, .items = &weight};
constexpr Shape block_io_weight{
    .form = Form::whole, .accepts = a_whole | a_text, .low = 0, .high = 65535};
constexpr Field blkio_fields[] = {{"device_read_bps", &rates},  {"device_read_iops", &rates},
                                  {"device_write_bps", &rates}, {"device_write_iops", &rates},
                                  {"weight", &block_io_weight}, {"weight_device", &weights}};
constexpr Shape blkio{.form = Form::object, .accepts = a_map, .fields = blkio_fields};

constexpr std::string_view cgroups[] = {"host", "private"};
constexpr Shape cgroup{.form = Form::text, .accepts = a_text, .words = cgroups};
constexpr Shape cpu_count{.form = Form::whole, .accepts = a_text | a_whole, .low = 0};
constexpr Shape percent{.form = Form::real, .accepts = a_text | a_whole, .low = 0, .high = 100};
constexpr Shape oom_score{.form = Form::whole,
                          .accepts = a_text | a_whole,
                          .accepted = "-1000 to 1000",
                          .low = -1000,
                          .high = 1000};

constexpr Field credential_fields[] = {{"config", &text}, {"file", &text}, {"registry", &text}};
constexpr Shape credential{.form = Form::object, .accepts = a_map, .fields = credential_fields};

constexpr std::string_view conditions[] = {"service_started", "service_healthy",
                                           "service_completed_successfully"};
constexpr Shape condition{
    .form = Form::text, .accepts = a_text, .what = "a condition", .words = conditions};
constexpr Shape required{.form = Form::boolean, .accepts = a_boolean, .keep = true};
constexpr Field dependency_fields[] = {
    {"condition", &condition, true}, {"required", &required}, {"restart", &boolean}};
constexpr Shape dependency{.form = Form::object, .accepts = a_map, .fields = dependency_fields};
constexpr Shape depends_on{.form = Form::map,
                           .accepts = a_list | a_map,
                           .brief = Short::needs,
                           .items = &kept_text,
                           .values = &dependency,
                           .names = true,
                           .unique = true,
                           .what = "a list or a map of services"};

constexpr Field env_file_fields[] = {
    {"path", &text, true}, {"required", &boolean}, {"format", &text}};
constexpr Shape env_file{.form = Form::object,
                         .accepts = a_text | a_map,
                         .brief = Short::path,
                         .fields = env_file_fields,
                         .what = "a path, or a map with path"};
constexpr Shape env_files{.form = Form::list,
                          .accepts = a_text | a_list,
                          .brief = Short::one,
                          .items = &env_file,
                          .hidden = true,
                          .what = "a path or a list of paths"};
constexpr Shape label_files{.form = Form::list,
                            .accepts = a_text | a_list,
                            .brief = Short::one,
                            .items = &kept_text,
                            .hidden = true};

constexpr Field extends_fields[] = {{"service", &text, true}, {"file", &text}};
constexpr Shape extends{.form = Form::object,
                        .accepts = a_text | a_map,
                        .brief = Short::service,
                        .fields = extends_fields,
                        .hidden = true,
                        .accepted = "SERVICE, {file: FILE, service: SERVICE}"};

constexpr Shape port_text{.form = Form::any_text, .accepts = a_text | a_whole};
constexpr Shape expose{.form = Form::list, .accepts = a_list, .items = &port_text};
constexpr Shape group{.form = Form::text_or_whole, .accepts = a_text | a_whole, .keep = true};
constexpr Shape groups{.form = Form::list, .accepts = a_list, .items = &group, .unique = true};

constexpr Shape test{.form = Form::list,
                     .accepts = a_text | a_list,
                     .brief = Short::test,
                     .items = &kept_text,
                     .accepted = "a command for the shell, [CMD, ...], [CMD-SHELL, ...], [NONE]"};
constexpr Shape status{.form = Form::whole, .accepts = a_whole | a_text, .low = 100, .high = 599};
constexpr Shape retries{.form = Form::whole,
                        .accepts = a_number | a_text,
                        .keep = true,
                        .accepted = "0, 1, 2, ...",
                        .low = 0};
constexpr Field healthcheck_fields[] = {
    {"test", &test},
    {"http", &text},
    {"tcp", &text},
    {"status", &status},
    {"insecure", &boolean},
    {"interval", &kept_duration},
    {"timeout", &kept_duration},
    {"retries", &retries},
    {"start_period", &kept_duration},
    {"start_interval", &kept_duration},
    {"disable", &boolean},
};
constexpr Shape healthcheck{.form = Form::object, .accepts = a_map, .fields = healthcheck_fields};

constexpr Field host_fields[] = {
    {"name", &text, true}, {"user", &text}, {"port", &whole}, {"identity_file", &text}};
constexpr Shape host{
    .form = Form::object,
    .accepts = a_text | a_map,
    .brief = Short::host,
    .fields = host_fields,
    .accepted = "[USER@]NAME[:PORT], or a map with name, user, port, identity_file"};

constexpr Field logging_fields[] = {{"driver", &text}, {"options", &log_options}};
constexpr Shape logging{.form = Form::object, .accepts = a_map, .fields = logging_fields};

constexpr Field model_fields[] = {{"endpoint_var", &text}, {"model_var", &text}};
constexpr Shape model{.form = Form::object, .accepts = a_map | a_null, .fields = model_fields};
constexpr Shape models{.form = Form::map,
                       .accepts = a_list | a_map,
                       .brief = Short::names,
                       .items = &kept_text,
                       .values = &model,
                       .names = true,
                       .unique = true};

constexpr Shape priority{.form = Form::whole, .accepts = a_number};
constexpr Field attachment_fields[] = {
    {"aliases", &texts},        {"ipv4_address", &text},    {"ipv6_address", &text},
    {"link_local_ips", &texts}, {"mac_address", &text},     {"driver_opts", &options},
    {"priority", &priority},    {"gw_priority", &priority}, {"interface_name", &text}};
constexpr Shape attachment{
    .form = Form::object, .accepts = a_map | a_null, .fields = attachment_fields};
constexpr Shape networks{.form = Form::map,
                         .accepts = a_list | a_map,
                         .brief = Short::names,
                         .items = &kept_text,
                         .values = &attachment,
                         .names = true,
                         .unique = true,
                         .what = "a list or a map of networks"};

constexpr Field provider_fields[] = {{"type", &text, true}, {"options", &raw}};
constexpr Shape provider{.form = Form::object, .accepts = a_map, .fields = provider_fields};

// As Compose matches it: one of the words anywhere.
constexpr bool is_pull_policy(std::string_view text) {
  for (const std::string_view word : {"always", "never", "build", "if_not_present", "missing",
                                      "refresh", "daily", "weekly", "every_"}) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}
constexpr Shape pull_policy{
    .form = Form::text,
    .accepts = a_text,
    .what = "a pull policy",
    .accepted = "always, never, missing, build, daily, weekly, every_<duration>",
    .valid = is_pull_policy};

// Docker Compose accepts it and does nothing with it.
constexpr Shape refresh{.form = Form::text, .accepts = a_text, .hidden = true};

constexpr Shape storage_option{.form = Form::any_text, .accepts = a_text | a_number | a_null};
constexpr Shape storage{.form = Form::map, .accepts = a_map, .values = &storage_option};
constexpr Shape hooks{.form = Form::list, .accepts = a_list, .items = &hook_shape};
constexpr Shape nullable_text{.form = Form::text, .accepts = a_text | a_null};

constexpr Shape argument{
    .form = Form::any_text, .accepts = a_text | a_number | a_boolean, .keep = true};
constexpr Shape arguments{.form = Form::list,
                          .accepts = a_list,
                          .items = &argument,
                          .what = "a list of arguments",
                          .accepted = "[first, second]"};
constexpr Shape umask{.form = Form::raw, .accepts = a_text | a_whole};
constexpr Shape variants{
    .form = Form::raw, .accepts = a_map, .hidden = true, .accepted = "{RUNTIME: {key: value}}"};

constexpr Shape binary{
    .form = Form::raw, .accepts = a_text | a_map, .accepted = "a program, or {upload: FILE}"};

constexpr Field service_fields[] = {
    {"annotations", &labels},
    {"args", &arguments},
    {"attach", &kept_boolean},
    {"binary", &binary},
    {"blkio_config", &blkio},
    {"build", &build_shape},
    {"cap_add", &texts},
    {"cap_drop", &texts},
    {"cgroup", &cgroup},
    {"cgroup_parent", &text},
    {"command", &command},
    {"configs", &file_mounts},
    {"container_name", &text},
    {"cpu_count", &cpu_count},
    {"cpu_percent", &percent},
    {"cpu_period", &number},
    {"cpu_quota", &number},
    {"cpu_rt_period", &number},
    {"cpu_rt_runtime", &number},
    {"cpu_shares", &number},
    {"cpus", &real},
    {"cpuset", &text},
    {"credential_spec", &credential},
    {"depends_on", &depends_on},
    {"deploy", &deploy_shape},
    {"develop", &develop_shape},
    {"device_cgroup_rules", &unique_texts},
    {"devices", &devices_shape},
    {"dns", &text_or_texts},
    {"dns_opt", &texts},
    {"dns_search", &text_or_texts},
    {"domainname", &text},
    {"entrypoint", &command},
    {"env_file", &env_files},
    {"environment", &environment},
    {"expose", &expose},
    {"extends", &extends},
    {"external_links", &unique_texts},
    {"extra_hosts", &hosts},
    {"gpus", &device_requests_shape},
    {"group_add", &groups},
    {"healthcheck", &healthcheck},
    {"host", &host},
    {"hostname", &text},
    {"image", &text},
    {"init", &kept_boolean},
    {"ipc", &text},
    {"isolation", &text},
    {"label_file", &label_files},
    {"labels", &labels},
    {"links", &texts},
    {"logging", &logging},
    {"mac_address", &text},
    {"mem_limit", &bytes},
    {"mem_reservation", &whole_bytes},
    {"mem_swappiness", &whole_bytes},
    {"memswap_limit", &bytes},
    {"models", &models},
    {"network_mode", &text},
    {"networks", &networks},
    {"oom_kill_disable", &boolean},
    {"oom_score_adj", &oom_score},
    {"pid", &nullable_text},
    {"pids_limit", &number},
    {"platform", &text},
    {"ports", &ports_shape},
    {"post_start", &hooks},
    {"pre_start", &hooks},
    {"pre_stop", &hooks},
    {"privileged", &boolean},
    {"profiles", &texts},
    {"provider", &provider},
    {"pull_policy", &pull_policy},
    {"pull_refresh_after", &refresh},
    {"read_only", &boolean},
    {"restart", &text},
    {"runtime", &text},
    {"scale", &kept_count},
    {"secrets", &file_mounts},
    {"security_opt", &unique_texts},
    {"shm_size", &bytes},
    {"stdin_open", &boolean},
    {"stop_grace_period", &kept_duration},
    {"stop_signal", &text},
    {"storage_opt", &storage},
    {"sysctls", &labels},
    {"tmpfs", &text_or_texts},
    {"tty", &boolean},
    {"ulimits", &limits},
    {"umask", &umask},
    {"use_api_socket", &boolean},
    {"user", &text},
    {"userns_mode", &text},
    {"uts", &text},
    {"variants", &variants},
    {"volumes", &mounts_shape},
    {"volumes_from", &unique_texts},
    {"working_dir", &text},
};

constexpr Field hook_fields[] = {{"command", &command, true},
                                 {"user", &text},
                                 {"privileged", &boolean},
                                 {"working_dir", &text},
                                 {"environment", &environment}};

constexpr Shape services{
    .form = Form::map, .accepts = a_map, .values = &service_shape, .names = true};
constexpr Shape all_networks{.form = Form::map, .accepts = a_map, .values = &network_shape};
constexpr Shape all_volumes{
    .form = Form::map, .accepts = a_map, .values = &volume_shape, .names = true};
constexpr Shape all_secrets{
    .form = Form::map, .accepts = a_map, .values = &secret_shape, .names = true};
constexpr Shape all_configs{
    .form = Form::map, .accepts = a_map, .values = &config_shape, .names = true};
constexpr Field ai_model_fields[] = {
    {"name", &text}, {"model", &text, true}, {"context_size", &whole}, {"runtime_flags", &texts}};
constexpr Shape ai_model{.form = Form::object, .accepts = a_map, .fields = ai_model_fields};
constexpr Shape ai_models{.form = Form::map, .accepts = a_map, .values = &ai_model, .names = true};
constexpr Shape include{.form = Form::raw,
                        .accepts = a_list,
                        .hidden = true,
                        .what = "a list of files",
                        .accepted = "[FILE, {path: FILE}]"};

constexpr Field document_fields[] = {
    {"name", &text},           {"version", &text},          {"include", &include},
    {"services", &services},   {"networks", &all_networks}, {"volumes", &all_volumes},
    {"secrets", &all_secrets}, {"configs", &all_configs},   {"models", &ai_models},
};

}  // namespace

constinit const Shape hook_shape{.form = Form::object, .accepts = a_map, .fields = hook_fields};
constinit const Shape service_shape{.form = Form::object,
                                    .accepts = a_map | a_null,
                                    .fields = service_fields,
                                    .open = true,
                                    .accepted = "keys such as image, build, binary, command"};
constinit const Shape document_shape{
    .form = Form::object, .accepts = a_map, .fields = document_fields};

}  // namespace consort::config
