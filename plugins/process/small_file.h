#pragma once

#include <string>
#include <string_view>

namespace consort::process {

// All three throw consort::Error with "cannot X PATH: cause".

// Creates or replaces a file that only this user may read. Not synced: a reboot ends every process
// that it could matter to.
void write_small_file(const std::string& path, std::string_view content);

std::string read_small_file(const std::string& path);

// 0700, with its parents; an existing one must be a directory of this user.
void make_private_directory(const std::string& path);

}  // namespace consort::process
