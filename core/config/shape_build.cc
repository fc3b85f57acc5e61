#include "core/config/shape_parts.h"

namespace consort::config {
namespace {

using namespace shapes;

constexpr Shape ssh_path{.form = Form::maybe_text,
                         .accepts = a_text | a_number | a_boolean | a_null};
constexpr Shape ssh{.form = Form::keys,
                    .accepts = a_list | a_map,
                    .brief = Short::keys,
                    .items = &kept_text,
                    .values = &ssh_path,
                    .accepted = "default, or NAME=PATH"};
constexpr Shape contexts{.form = Form::map,
                         .accepts = a_list | a_map,
                         .brief = Short::pairs,
                         .items = &kept_text,
                         .values = &any_text,
                         .what = "a map or a list of NAME=context"};

constexpr Field fields[] = {
    {"context", &text},
    {"dockerfile", &text},
    {"dockerfile_inline", &text},
    {"entitlements", &texts},
    {"args", &environment},
    {"ssh", &ssh},
    {"labels", &labels},
    {"cache_from", &texts},
    {"cache_to", &texts},
    {"no_cache", &boolean},
    {"additional_contexts", &contexts},
    {"network", &text},
    {"pull", &boolean},
    {"target", &text},
    {"shm_size", &whole_bytes},
    {"extra_hosts", &hosts},
    {"isolation", &text},
    {"privileged", &boolean},
    {"secrets", &file_mounts},
    {"tags", &texts},
    {"ulimits", &limits},
    {"platforms", &texts},
};

}  // namespace

constinit const Shape build_shape{.form = Form::object,
                                  .accepts = a_text | a_map,
                                  .brief = Short::context,
                                  .fields = fields,
                                  .accepted = "the path of its context, or a map with context"};

}  // namespace consort::config
