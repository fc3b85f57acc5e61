#include "plugins/docker/files_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include <consort/values.hpp>

namespace consort::docker {
namespace {

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::string archive_of(const std::vector<File>& files) {
  std::string out;
  const std::unique_ptr<archive, decltype(&archive_write_free)> tar(archive_write_new(),
                                                                    &archive_write_free);
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            &archive_entry_free);
  const auto check = [&](int status) {
    if (status >= ARCHIVE_WARN) return;
    throw Error(CONSORT_E_FAILED, std::string("cannot pack: ") + archive_error_string(tar.get()));
  };
  check(archive_write_set_format_pax_restricted(tar.get()));
  check(archive_write_open(tar.get(), &out, nullptr, &append, nullptr));
  for (const File& file : files) {
    archive_entry_clear(entry.get());
    archive_entry_set_pathname(entry.get(), file.path.c_str() + file.path.find_first_not_of('/'));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), file.mode);
    archive_entry_set_uid(entry.get(), file.uid);
    archive_entry_set_gid(entry.get(), file.gid);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
    check(archive_write_header(tar.get(), entry.get()));
    if (archive_write_data(tar.get(), file.content.data(), file.content.size()) < 0) {
      check(ARCHIVE_FATAL);
    }
  }
  check(archive_write_close(tar.get()));
  return out;
}

}  // namespace consort::docker
