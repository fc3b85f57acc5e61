#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// Short and long forms of one key, brought to the long one in place, so that they can be merged and
// read. A node that has neither form is left alone: the reader reports it.

// ["K=V", "K"] -> {K: V, K: null}; of equal keys the last value wins, in the first place.
void list_to_map(Node& node);

// ["a", "b"] -> {a: null, b: null} (networks).
void names_to_map(Node& node);

// "a" -> ["a"]
void one_to_list(Node& node);

// "x" -> {KEY: "x"} (build: context, env_file entries: path)
void text_to_map(Node& node, std::string_view key);

// ["db"] -> {db: {condition: service_started, required: true}}
void depends_on_to_map(Node& node);

}  // namespace consort::config
