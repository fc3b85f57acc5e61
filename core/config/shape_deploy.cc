#include "core/config/shape_parts.h"

namespace consort::config {
namespace {

using namespace shapes;

constexpr Shape count{
    .form = Form::count, .accepts = a_text | a_whole, .accepted = "a number, all"};
constexpr Field request_fields[] = {{"capabilities", &unique_texts, true},
                                    {"count", &count},
                                    {"device_ids", &unique_texts},
                                    {"driver", &text},
                                    {"options", &labels}};
constexpr Shape request{.form = Form::object, .accepts = a_map, .fields = request_fields};
constexpr Shape requests{.form = Form::list, .accepts = a_list, .items = &request};

constexpr std::string_view all[] = {"all"};
constexpr Field gpu_fields[] = {{"capabilities", &unique_texts},
                                {"count", &count},
                                {"device_ids", &unique_texts},
                                {"driver", &text},
                                {"options", &labels}};
constexpr Shape gpu{.form = Form::object, .accepts = a_map, .fields = gpu_fields};

constexpr std::string_view orders[] = {"start-first", "stop-first"};
constexpr Shape order{.form = Form::text, .accepts = a_text, .words = orders};
constexpr Field update_fields[] = {{"parallelism", &kept_count}, {"delay", &duration},
                                   {"failure_action", &text},    {"monitor", &duration},
                                   {"max_failure_ratio", &real}, {"order", &order}};
constexpr Shape update{.form = Form::object, .accepts = a_map, .fields = update_fields};

constexpr Field discrete_fields[] = {{"kind", &kept_text, false, "kind"},
                                     {"value", &kept_number, false, "value"}};
constexpr Shape discrete{.form = Form::object, .accepts = a_map, .fields = discrete_fields};
constexpr Field generic_fields[] = {{"discrete_resource_spec", &discrete}};
constexpr Shape generic{.form = Form::object, .accepts = a_map, .fields = generic_fields};
constexpr Shape generics{.form = Form::list, .accepts = a_list, .items = &generic};

constexpr Shape memory{.form = Form::bytes, .accepts = a_text};
constexpr Field limit_fields[] = {{"cpus", &real}, {"memory", &memory}, {"pids", &whole}};
constexpr Field reservation_fields[] = {
    {"cpus", &real}, {"memory", &memory}, {"generic_resources", &generics}, {"devices", &requests}};
constexpr Shape most{.form = Form::object, .accepts = a_map, .fields = limit_fields};
constexpr Shape reserved{.form = Form::object, .accepts = a_map, .fields = reservation_fields};
constexpr Field resource_fields[] = {{"limits", &most}, {"reservations", &reserved}};
constexpr Shape resources{.form = Form::object, .accepts = a_map, .fields = resource_fields};

constexpr Field restart_fields[] = {{"condition", &text},
                                    {"delay", &kept_duration},
                                    {"max_attempts", &kept_count},
                                    {"window", &kept_duration}};
constexpr Shape restart{.form = Form::object, .accepts = a_map, .fields = restart_fields};

constexpr Field preference_fields[] = {{"spread", &text}};
constexpr Shape preference{.form = Form::object, .accepts = a_map, .fields = preference_fields};
constexpr Shape preferences{.form = Form::list, .accepts = a_list, .items = &preference};
constexpr Shape most_replicas{.form = Form::whole, .accepts = a_whole | a_text, .low = 0};
constexpr Field placement_fields[] = {{"constraints", &texts},
                                      {"preferences", &preferences},
                                      {"max_replicas_per_node", &most_replicas}};
constexpr Shape placement{.form = Form::object, .accepts = a_map, .fields = placement_fields};

constexpr Field deploy_fields[] = {
    {"mode", &text},           {"endpoint_mode", &text},     {"replicas", &kept_count},
    {"labels", &labels},       {"rollback_config", &update}, {"update_config", &update},
    {"resources", &resources}, {"restart_policy", &restart}, {"placement", &placement}};

constexpr std::string_view actions[] = {"rebuild", "sync", "restart", "sync+restart", "sync+exec"};
constexpr Shape action{.form = Form::text, .accepts = a_text, .words = actions};
constexpr Field trigger_fields[] = {{"path", &kept_text, true},  {"action", &action, true},
                                    {"target", &text},           {"exec", &hook_shape},
                                    {"include", &text_or_texts}, {"ignore", &text_or_texts}};
constexpr Shape trigger{.form = Form::object, .accepts = a_map, .fields = trigger_fields};
constexpr Shape triggers{.form = Form::list, .accepts = a_list, .items = &trigger};
constexpr Field develop_fields[] = {{"watch", &triggers}};

}  // namespace

constinit const Shape deploy_shape{
    .form = Form::object, .accepts = a_map | a_null, .fields = deploy_fields};
constinit const Shape develop_shape{
    .form = Form::object, .accepts = a_map | a_null, .fields = develop_fields};
constinit const Shape device_requests_shape{.form = Form::list,
                                            .accepts = a_text | a_list,
                                            .brief = Short::gpus,
                                            .items = &gpu,
                                            .accepted = "all, or a list of device requests",
                                            .words = all};

}  // namespace consort::config
