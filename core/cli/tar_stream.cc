#include "core/cli/tar_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "core/base/file.h"

namespace consort::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

template <auto function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    function(object);
  }
};
using Reader = std::unique_ptr<archive, Free<archive_read_free>>;
using Writer = std::unique_ptr<archive, Free<archive_write_free>>;
using Entry = std::unique_ptr<archive_entry, Free<archive_entry_free>>;

Error failure(std::string_view what, archive* cause) {
  const char* text = archive_error_string(cause);
  const bool unread = archive_errno(cause) == EPIPE;
  return Error(unread ? ErrorKind::cancelled : ErrorKind::failed,
               std::string(what) + ": " + (text != nullptr ? text : "cannot read the archive"));
}

// The content of the file that `from` stands at.
Result<void> copy_data(archive* from, archive* to, const std::string& path) {
  char bytes[65536];
  for (;;) {
    const la_ssize_t length = archive_read_data(from, bytes, sizeof bytes);
    if (length == 0) return {};
    if (length < 0) return failure("cannot read " + path, from);
    if (archive_write_data(to, bytes, static_cast<std::size_t>(length)) < 0) {
      return failure("cannot write " + path, to);
    }
  }
}

// "a/b/c" -> "NAME/b/c"; "" where nothing is left.
std::string renamed(std::string_view path, const std::string& name) {
  while (path.starts_with("./")) path.remove_prefix(2);
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.find('/');
  const std::string rest(slash == std::string_view::npos ? "" : path.substr(slash + 1));
  if (name.empty()) return rest;
  return rest.empty() ? name : name + "/" + rest;
}

void drain(int fd) {
  char bytes[65536];
  while (::read(fd, bytes, sizeof bytes) > 0) {
  }
}

}  // namespace

Result<void> pack(const std::string& path, const std::string& name, PackOptions options, int fd) {
  const Reader disk(archive_read_disk_new());
  const Writer tar(archive_write_new());
  const Entry entry(archive_entry_new());
  if (options.follow) {
    archive_read_disk_set_symlink_hybrid(disk.get());
  } else {
    archive_read_disk_set_symlink_physical(disk.get());
  }
  archive_read_disk_set_behavior(
      disk.get(), ARCHIVE_READDISK_NO_XATTR | ARCHIVE_READDISK_NO_ACL | ARCHIVE_READDISK_NO_FFLAGS);
  archive_write_set_format_pax_restricted(tar.get());
  archive_write_set_bytes_in_last_block(tar.get(), 1);
  if (archive_write_open_fd(tar.get(), fd) != ARCHIVE_OK) return failure("cannot pack", tar.get());
  if (archive_read_disk_open(disk.get(), path.c_str()) != ARCHIVE_OK) {
    return failure("cannot read " + path, disk.get());
  }
  for (;;) {
    archive_entry_clear(entry.get());
    const int status = archive_read_next_header2(disk.get(), entry.get());
    if (status == ARCHIVE_EOF) break;
    if (status < ARCHIVE_WARN) return failure("cannot read below " + path, disk.get());
    archive_read_disk_descend(disk.get());
    const std::string own(archive_entry_pathname(entry.get()));
    if (archive_entry_filetype(entry.get()) == AE_IFSOCK) continue;
    const std::string below =
        own.size() > path.size() ? own.substr(path.size() + (path.ends_with('/') ? 0 : 1)) : "";
    const std::string shown = below.empty() ? name : name.empty() ? below : name + "/" + below;
    if (shown.empty()) continue;  // the folder itself
    archive_entry_set_pathname(entry.get(), shown.c_str());
    if (!options.owners) {
      archive_entry_set_uid(entry.get(), 0);
      archive_entry_set_gid(entry.get(), 0);
    }
    archive_entry_set_uname(entry.get(), nullptr);  // numbers count: the names are this machine's
    archive_entry_set_gname(entry.get(), nullptr);
    if (archive_write_header(tar.get(), entry.get()) < ARCHIVE_WARN) {
      return failure("cannot send " + own, tar.get());
    }
    if (archive_entry_size(entry.get()) == 0) continue;
    if (auto copied = copy_data(disk.get(), tar.get(), own); !copied) return copied;
  }
  if (archive_write_close(tar.get()) != ARCHIVE_OK) return failure("cannot send", tar.get());
  return {};
}

Result<void> unpack(int fd, const std::string& directory, const std::string& name, bool owners) {
  const Reader tar(archive_read_new());
  const Writer disk(archive_write_disk_new());
  // Whatever fails: who sends is not kept waiting.
  struct Drain {
    int fd;
    ~Drain() { drain(fd); }
  } const drained{fd};
  if (::chdir(directory.c_str()) != 0) {
    return base::system_error("write to", directory, errno);
  }
  int flags = ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
              ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS;
  if (owners) flags |= ARCHIVE_EXTRACT_OWNER;
  archive_write_disk_set_options(disk.get(), flags);
  archive_read_support_format_tar(tar.get());
  if (archive_read_open_fd(tar.get(), fd, 65536) != ARCHIVE_OK) {
    return failure("cannot read what was sent", tar.get());
  }
  for (archive_entry* entry = nullptr;;) {
    const int status = archive_read_next_header(tar.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status < ARCHIVE_WARN) return failure("cannot read what was sent", tar.get());
    const std::string path = renamed(archive_entry_pathname(entry), name);
    if (path.empty()) continue;
    archive_entry_set_pathname(entry, path.c_str());
    if (const char* link = archive_entry_hardlink(entry)) {
      archive_entry_set_hardlink(entry, renamed(link, name).c_str());
    }
    if (archive_write_header(disk.get(), entry) < ARCHIVE_WARN) {
      return failure("cannot write " + path, disk.get());
    }
    if (archive_entry_size(entry) > 0) {
      if (auto copied = copy_data(tar.get(), disk.get(), path); !copied) return copied;
    }
    if (archive_write_finish_entry(disk.get()) < ARCHIVE_WARN) {
      return failure("cannot write " + path, disk.get());
    }
  }
  if (archive_write_close(disk.get()) < ARCHIVE_WARN) return failure("cannot write", disk.get());
  return {};
}

}  // namespace consort::cli
