#pragma once

#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/base/temp_dir.h"

namespace consort::test {

// A file system of its own with `size` bytes, where this process may mount one; else not mounted().
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size) {
    const std::string options = "mode=0700,size=" + size;
    mounted_ =
        ::geteuid() == 0 && ::mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(dir_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return dir_ / name; }

 private:
  TempDir dir_;
  bool mounted_ = false;
};

}  // namespace consort::test
