#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"

// One short form each, brought to the long one in place. A node that is already long is left alone,
// and so is one that cannot be read, after an error in `out`.
namespace consort::config {

struct Forms {
  Diagnostics& out;
  bool interpolated = true;  // false: a text with a variable in it is left as it is
  mutable int ports = 0;     // that ranges of this document have become
};

// Is it a text that can be taken apart?
bool is_short(const Node& node, const Forms& forms);

void canonicalize_ports(Node& list, const Path& path, const Forms& forms);
void canonicalize_volume(Node& node, const Path& path, const Forms& forms);
void canonicalize_device(Node& node, const Path& path, const Forms& forms);
void canonicalize_hosts(Node& node, const Path& path, const Forms& forms);
void canonicalize_ssh(Node& node, const Path& path, const Forms& forms);
void canonicalize_command(Node& node, const Path& path, const Forms& forms);
void canonicalize_test(Node& node);
void canonicalize_gpus(Node& node);
void canonicalize_host(Node& node, const Path& path, const Forms& forms);
// `external: {name: X}` of a network, volume, secret or config.
void canonicalize_external(Node& resource, const Path& path, const Forms& forms);

}  // namespace consort::config
