#pragma once

#include <cstddef>
#include <cstdint>

#include "buffer.h"

// The relay's folders and files. Every function returns 0 or an errno.
namespace consort::shim {

// Sets the umask to 0077 and keeps what it was, as octal text.
void use_private_umask();
const char* login_umask();

// The folder of all instances: made if it is missing, and refused unless it is private.
int open_root(Buffer& root);
// Whether `path` is a plain path below `root`: no "..", no empty part.
bool below(const char* root, const char* path);

int make_folders(const char* path);  // all of it, 0700
int make_parents(const char* path);  // what `path` lies in
int write_file(const char* path, const char* bytes, std::size_t length);
int put_part(const char* path, std::uint64_t offset, const char* bytes, std::size_t length);
int commit_parts(const char* path, std::uint64_t size);
// ENOENT also if it is of another size.
int have_file(const char* path, std::uint64_t size);
int remove_tree(const char* path);
// The parents of `path` up to and with the folder above `root`, as far as they are empty.
void remove_empty_parents(const char* root, const char* path);
// What was ever uploaded to run here: this program, its other versions, the launcher; and the
// folder of them, if that is empty then.
int remove_programs();

}  // namespace consort::shim
