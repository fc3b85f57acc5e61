#pragma once

#include "core/config/shape.h"

// The shapes of values that many keys share.
namespace consort::config::shapes {

inline constexpr Shape text{.form = Form::text, .accepts = a_text};
inline constexpr Shape kept_text{.form = Form::text, .accepts = a_text, .keep = true};
inline constexpr Shape any_text{.form = Form::any_text,
                                .accepts = a_text | a_number | a_boolean | a_null | a_time};
inline constexpr Shape option{.form = Form::any_text, .accepts = a_text | a_number | a_time};
inline constexpr Shape boolean{.form = Form::boolean, .accepts = a_boolean | a_text};
inline constexpr Shape kept_boolean{
    .form = Form::boolean, .accepts = a_boolean | a_text, .keep = true};
inline constexpr Shape whole{.form = Form::whole, .accepts = a_whole | a_text};
inline constexpr Shape kept_count{.form = Form::whole,
                                  .accepts = a_whole | a_text,
                                  .keep = true,
                                  .accepted = "0, 1, 2, ...",
                                  .low = 0};
inline constexpr Shape number{.form = Form::whole, .accepts = a_number | a_text};
inline constexpr Shape kept_number{.form = Form::whole, .accepts = a_number | a_text, .keep = true};
inline constexpr Shape real{.form = Form::real, .accepts = a_number | a_text};
inline constexpr Shape bytes{.form = Form::bytes, .accepts = a_number | a_text};
inline constexpr Shape whole_bytes{.form = Form::bytes, .accepts = a_whole | a_text};
inline constexpr Shape duration{.form = Form::duration, .accepts = a_text};
inline constexpr Shape kept_duration{.form = Form::duration, .accepts = a_text, .keep = true};

inline constexpr Shape texts{.form = Form::list, .accepts = a_list, .items = &kept_text};
inline constexpr Shape unique_texts{
    .form = Form::list, .accepts = a_list, .items = &kept_text, .unique = true};
inline constexpr Shape text_or_texts{
    .form = Form::list, .accepts = a_text | a_list, .brief = Short::one, .items = &kept_text};
inline constexpr Shape labels{.form = Form::map,
                              .accepts = a_list | a_map,
                              .brief = Short::pairs,
                              .items = &kept_text,
                              .values = &any_text,
                              .what = "a map or a list of NAME=value"};
inline constexpr Shape maybe_text{.form = Form::maybe_text,
                                  .accepts = a_text | a_number | a_boolean | a_null | a_time};
inline constexpr Shape environment{.form = Form::map,
                                   .accepts = a_list | a_map,
                                   .brief = Short::pairs,
                                   .items = &kept_text,
                                   .values = &maybe_text,
                                   .what = "a map or a list of NAME=value"};
inline constexpr Shape options{.form = Form::map, .accepts = a_map, .values = &option};
inline constexpr Shape log_option{.form = Form::any_text,
                                  .accepts = a_text | a_number | a_null | a_time};
inline constexpr Shape log_options{.form = Form::map, .accepts = a_map, .values = &log_option};
inline constexpr Shape raw{};
inline constexpr Shape addresses{
    .form = Form::list, .accepts = a_text | a_list, .brief = Short::one, .items = &kept_text};
inline constexpr Shape hosts{.form = Form::hosts,
                             .accepts = a_list | a_map,
                             .brief = Short::hosts,
                             .items = &kept_text,
                             .values = &addresses,
                             .unique = true,
                             .what = "a map or a list of NAME=ADDRESS"};
inline constexpr Shape command{.form = Form::command,
                               .accepts = a_text | a_list | a_null,
                               .brief = Short::words,
                               .items = &kept_text,
                               .what = "a command line or a list of words"};

inline constexpr Shape limit_number{.form = Form::whole,
                                    .accepts = a_whole | a_text,
                                    .keep = true,
                                    .accepted = "0, 1, 2, ..., -1 for unlimited",
                                    .low = -1};
inline constexpr Field limit_fields[] = {{"soft", &limit_number, true},
                                         {"hard", &limit_number, true}};
inline constexpr Shape limit{.form = Form::limit,
                             .accepts = a_whole | a_text | a_map,
                             .fields = limit_fields,
                             .keep = true,
                             .what = "a limit",
                             .accepted = "a number, -1 for unlimited, or soft and hard",
                             .low = -1};
inline constexpr Shape limits{.form = Form::map, .accepts = a_map, .values = &limit};

inline constexpr Shape mode{.form = Form::mode,
                            .accepts = a_number | a_text,
                            .keep = true,
                            .what = "a file mode",
                            .accepted = "octal: 0444, \"0444\"",
                            .low = 0};
inline constexpr Field file_mount_fields[] = {
    {"source", &text}, {"target", &text}, {"uid", &text}, {"gid", &text}, {"mode", &mode}};
inline constexpr Shape file_mount{.form = Form::object,
                                  .accepts = a_text | a_map,
                                  .brief = Short::source,
                                  .fields = file_mount_fields,
                                  .accepted = "its name, or a map with source and target"};
inline constexpr Shape file_mounts{.form = Form::list, .accepts = a_list, .items = &file_mount};

}  // namespace consort::config::shapes
