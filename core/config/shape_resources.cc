#include "core/config/shape_parts.h"

namespace consort::config {
namespace {

using namespace shapes;

constexpr Field external_fields[] = {{"name", &text}};
constexpr Shape external{.form = Form::boolean,
                         .accepts = a_boolean | a_text | a_map,
                         .brief = Short::external,
                         .fields = external_fields,
                         .accepted = "true, false"};

constexpr Shape addresses_by_name{.form = Form::map, .accepts = a_map, .values = &kept_text};
constexpr Field pool_fields[] = {{"subnet", &text},
                                 {"ip_range", &text},
                                 {"gateway", &text},
                                 {"aux_addresses", &addresses_by_name}};
constexpr Shape pool{.form = Form::object, .accepts = a_map, .fields = pool_fields};
constexpr Shape pools{.form = Form::list, .accepts = a_list, .items = &pool};
// Docker Compose accepts the options and hands them to nobody.
constexpr Shape ipam_options{
    .form = Form::map, .accepts = a_map, .values = &kept_text, .hidden = true};
constexpr Field ipam_fields[] = {{"driver", &text}, {"config", &pools}, {"options", &ipam_options}};
constexpr Shape ipam{.form = Form::object, .accepts = a_map, .fields = ipam_fields};

constexpr Field network_fields[] = {
    {"name", &text},
    {"driver", &text},
    {"driver_opts", &options},
    {"ipam", &ipam},
    {"external", &external},
    {"internal", &boolean},
    {"attachable", &boolean},
    {"enable_ipv4", &kept_boolean},
    {"enable_ipv6", &kept_boolean},
    {"labels", &labels},
};
constexpr Field volume_fields[] = {{"name", &text},
                                   {"driver", &text},
                                   {"driver_opts", &options},
                                   {"external", &external},
                                   {"labels", &labels}};
constexpr Field secret_fields[] = {
    {"name", &text},           {"environment", &text},     {"file", &text},
    {"external", &external},   {"labels", &labels},        {"driver", &text},
    {"driver_opts", &options}, {"template_driver", &text},
};
constexpr Field config_fields[] = {
    {"name", &text},         {"content", &text},  {"environment", &text},     {"file", &text},
    {"external", &external}, {"labels", &labels}, {"template_driver", &text},
};

}  // namespace

constinit const Shape network_shape{
    .form = Form::object, .accepts = a_map | a_null, .fields = network_fields};
constinit const Shape volume_shape{
    .form = Form::object, .accepts = a_map | a_null, .fields = volume_fields};
constinit const Shape secret_shape{.form = Form::object, .accepts = a_map, .fields = secret_fields};
constinit const Shape config_shape{.form = Form::object, .accepts = a_map, .fields = config_fields};

}  // namespace consort::config
