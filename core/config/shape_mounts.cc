#include "core/config/shape_parts.h"

namespace consort::config {
namespace {

using namespace shapes;

constexpr Shape target{.form = Form::whole,
                       .accepts = a_whole | a_text,
                       .what = "a port",
                       .accepted = "1 to 65535",
                       .low = 1,
                       .high = 65535};
constexpr Shape published{.form = Form::port,
                          .accepts = a_whole | a_text,
                          .what = "a port",
                          .accepted = "8080, \"8000-8010\""};
constexpr Field port_fields[] = {{"name", &text},           {"mode", &text},
                                 {"host_ip", &text},        {"target", &target, true},
                                 {"published", &published}, {"protocol", &text},
                                 {"app_protocol", &text}};
constexpr Shape port{.form = Form::object,
                     .accepts = a_number | a_text | a_map,
                     .fields = port_fields,
                     .accepted = "[IP:]HOST:PORT, PORT, {target: PORT, published: PORT}"};

constexpr std::string_view recursions[] = {"enabled", "disabled", "writable", "readonly"};
constexpr Shape recursive{.form = Form::text, .accepts = a_text, .words = recursions};
constexpr std::string_view relabelling[] = {"z", "Z"};
constexpr Shape selinux{.form = Form::text, .accepts = a_text, .words = relabelling};
constexpr Field bind_fields[] = {{"propagation", &text},
                                 {"create_host_path", &boolean},
                                 {"recursive", &recursive},
                                 {"selinux", &selinux}};
constexpr Shape bind{.form = Form::object, .accepts = a_map, .fields = bind_fields};
constexpr Field named_fields[] = {{"nocopy", &boolean}, {"subpath", &text}, {"labels", &labels}};
constexpr Shape named{.form = Form::object, .accepts = a_map, .fields = named_fields};
constexpr Shape plain_mode{.form = Form::whole, .accepts = a_number | a_text, .low = 0};
constexpr Shape tmpfs_size{.form = Form::bytes, .accepts = a_whole | a_text, .low = 0};
constexpr Field tmpfs_fields[] = {{"size", &tmpfs_size}, {"mode", &plain_mode}};
constexpr Shape tmpfs{.form = Form::object, .accepts = a_map, .fields = tmpfs_fields};
constexpr Field image_fields[] = {{"subpath", &text}};
constexpr Shape image{.form = Form::object, .accepts = a_map, .fields = image_fields};
constexpr Field mount_fields[] = {
    {"type", &text, true},   {"source", &text},      {"target", &text, true},
    {"read_only", &boolean}, {"consistency", &text}, {"bind", &bind},
    {"volume", &named},      {"tmpfs", &tmpfs},      {"image", &image},
};
constexpr Shape mount{.form = Form::object,
                      .accepts = a_text | a_map,
                      .brief = Short::volume,
                      .fields = mount_fields,
                      .accepted = "[SOURCE:]TARGET[:OPTIONS], or a map with type and target"};

constexpr Field device_fields[] = {
    {"source", &text, true}, {"target", &text, true}, {"permissions", &text}};
constexpr Shape device{
    .form = Form::object,
    .accepts = a_text | a_map,
    .brief = Short::device,
    .fields = device_fields,
    .accepted = "SOURCE[:TARGET[:PERMISSIONS]], or a map with source and target"};

}  // namespace

constinit const Shape ports_shape{
    .form = Form::list,
    .accepts = a_list,
    .brief = Short::ports,
    .items = &port,
    .what = "a list of ports",
    .accepted =
        "[IP:]HOST:PORT, PORT, ranges such as 8000-8010:8000-8010, each with /tcp, /udp or "
        "/sctp"};
constinit const Shape mounts_shape{.form = Form::list, .accepts = a_list, .items = &mount};
constinit const Shape devices_shape{.form = Form::list, .accepts = a_list, .items = &device};

}  // namespace consort::config
