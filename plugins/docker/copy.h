#pragma once

#include <string>

#include "plugins/docker/engine.h"

// The files of a container, running or not: consort.copy/1. All throw Error.
namespace consort::docker {

// {"name", "type", "target"?} of what is at `path`.
Async<json::object> look_at(Engine& engine, std::string container, std::string path);

// Writes the engine's tar archive of `path` to a pipe, as fast as it is read; a reader that goes
// away ends it.
Async<void> read_archive(Engine& engine, std::string container, std::string path, Fd to);

// Has the engine unpack what a pipe gives in the directory `path`.
Async<void> write_archive(Engine& engine, std::string container, std::string path, Fd from);

}  // namespace consort::docker
