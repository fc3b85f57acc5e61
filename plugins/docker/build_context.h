#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "plugins/docker/ignore_rules.h"

namespace consort::docker {

// A folder as a tar archive, made piece by piece while it is sent. What .dockerignore names stays
// behind, never the Dockerfile.
class BuildContext {
 public:
  struct Extra {
    std::string path, content;
  };
  // `dockerfile`: its path in the context. `extra`: files that are not in the folder: the
  // Dockerfile, which the image does not see then. Throws Error if the folder cannot be read.
  BuildContext(std::filesystem::path folder, std::string dockerfile, std::vector<Extra> extra);
  BuildContext(const BuildContext&) = delete;
  BuildContext& operator=(const BuildContext&) = delete;
  ~BuildContext();

  // The next bytes; 0 at the end, or when a file cannot be read: see failure().
  std::size_t read(char* buffer, std::size_t size);
  const std::string& failure() const { return failure_; }

 private:
  bool add_next();
  void add_file(const std::filesystem::path& file, const std::string& name);
  void add_bytes(const std::string& name, const std::string& content);
  void check(int status, const std::string& what);

  struct Free {
    void operator()(archive* a) const { archive_write_free(a); }
    void operator()(archive_entry* e) const { archive_entry_free(e); }
  };
  const std::filesystem::path folder_;
  const std::string dockerfile_;
  std::vector<Extra> extra_;
  IgnoreRules rules_;
  std::filesystem::recursive_directory_iterator next_;
  std::unique_ptr<archive, Free> tar_;
  std::unique_ptr<archive_entry, Free> entry_;
  std::string out_;
  std::size_t done_ = 0;
  int file_ = -1;  // being copied
  std::string file_name_;
  bool ended_ = false;
  bool own_ignore_file_ = false;  // in place of the folder's
  std::string failure_;
};

}  // namespace consort::docker
