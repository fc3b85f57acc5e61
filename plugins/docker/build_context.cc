#include "plugins/docker/build_context.h"

#include <consort/values.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "plugins/docker/run_record.h"

namespace consort::docker {
namespace {

namespace fs = std::filesystem;

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

std::string ignore_file(const fs::path& folder, const std::string& dockerfile) {
  const fs::path own = folder / (dockerfile + ".dockerignore");
  std::error_code ignored;
  return read_file(fs::exists(own, ignored) ? own : folder / ".dockerignore");
}

}  // namespace

BuildContext::BuildContext(fs::path folder, std::string dockerfile, std::vector<Extra> extra)
    : folder_(std::move(folder)),
      dockerfile_(std::move(dockerfile)),
      extra_(std::move(extra)),
      tar_(archive_write_new()),
      entry_(archive_entry_new()) {
  std::string ignore = ignore_file(folder_, dockerfile_);
  rules_ = IgnoreRules(ignore);
  if (!extra_.empty()) {
    // The engine reads the Dockerfile from the context and then takes out what .dockerignore names.
    if (ignore.empty()) ignore = ".dockerignore";
    for (const auto& file : extra_) ignore += "\n" + file.path;
    extra_.push_back({".dockerignore", ignore + "\n"});
    own_ignore_file_ = true;
  }
  std::error_code failed;
  next_ = fs::recursive_directory_iterator(folder_, failed);
  if (failed) {
    throw Error(CONSORT_E_INVALID,
                "cannot read the build context " + folder_.string() + ": " + failed.message());
  }
  archive_write_set_format_pax_restricted(tar_.get());
  archive_write_set_bytes_per_block(tar_.get(), 0);
  archive_write_open(tar_.get(), &out_, nullptr, &append, nullptr);
}

BuildContext::~BuildContext() {
  if (file_ >= 0) ::close(file_);
}

void BuildContext::check(int status, const std::string& what) {
  if (status >= ARCHIVE_WARN) return;
  throw Error(CONSORT_E_FAILED, "cannot pack " + what + ": " + archive_error_string(tar_.get()));
}

std::size_t BuildContext::read(char* buffer, std::size_t size) {
  try {
    while (out_.size() == done_ && !ended_) {
      out_.clear();
      done_ = 0;
      if (!add_next()) {
        check(archive_write_close(tar_.get()), "the build context");
        ended_ = true;
      }
    }
  } catch (const std::exception& e) {
    failure_ = e.what();
    return 0;
  }
  const std::size_t length = std::min(size, out_.size() - done_);
  std::memcpy(buffer, out_.data() + done_, length);
  done_ += length;
  return length;
}

// False: that was all.
bool BuildContext::add_next() {
  if (file_ >= 0) {
    char bytes[65536];
    const ssize_t length = ::read(file_, bytes, sizeof bytes);
    if (length < 0) {
      throw Error(CONSORT_E_FAILED, "cannot read " + file_name_ + ": " + std::strerror(errno));
    }
    if (length == 0) {
      ::close(std::exchange(file_, -1));
      check(archive_write_finish_entry(tar_.get()), file_name_);
    } else {
      // One that grows meanwhile is cut at the size that was announced.
      archive_write_data(tar_.get(), bytes, static_cast<std::size_t>(length));
    }
    return true;
  }
  if (!extra_.empty()) {
    const Extra extra = std::move(extra_.back());
    extra_.pop_back();
    add_bytes(extra.path, extra.content);
    return true;
  }
  if (next_ == fs::recursive_directory_iterator()) return false;
  const fs::path path = next_->path();
  const std::string name = path.lexically_relative(folder_).string();
  const bool replaced = own_ignore_file_ && name == ".dockerignore";
  const bool needed = name == dockerfile_ || name == ".dockerignore";
  const bool ignored = replaced || (!needed && rules_.ignored(name));
  if (ignored && next_->is_directory() && !next_->is_symlink() && rules_.ignored_whole(name) &&
      !dockerfile_.starts_with(name + "/")) {
    next_.disable_recursion_pending();
  }
  std::error_code failed;
  next_.increment(failed);
  if (failed) throw Error(CONSORT_E_FAILED, "cannot read below " + name + ": " + failed.message());
  if (!ignored) add_file(path, name);
  return true;
}

void BuildContext::add_file(const fs::path& file, const std::string& name) {
  struct stat info {};
  if (::lstat(file.c_str(), &info) != 0) {
    throw Error(CONSORT_E_FAILED, "cannot read " + file.string() + ": " + std::strerror(errno));
  }
  if (S_ISSOCK(info.st_mode)) return;  // as docker does
  archive_entry_clear(entry_.get());
  archive_entry_copy_stat(entry_.get(), &info);
  archive_entry_set_uid(entry_.get(), 0);  // the image is nobody's of this machine
  archive_entry_set_gid(entry_.get(), 0);
  archive_entry_set_pathname(entry_.get(), name.c_str());
  if (S_ISLNK(info.st_mode)) {
    archive_entry_set_symlink(entry_.get(), fs::read_symlink(file).c_str());
  }
  if (!S_ISREG(info.st_mode)) archive_entry_set_size(entry_.get(), 0);
  if (S_ISREG(info.st_mode)) {
    file_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    file_name_ = file.string();
    if (file_ < 0) {
      throw Error(CONSORT_E_FAILED, "cannot read " + file_name_ + ": " + std::strerror(errno));
    }
  }
  check(archive_write_header(tar_.get(), entry_.get()), name);
}

void BuildContext::add_bytes(const std::string& name, const std::string& content) {
  archive_entry_clear(entry_.get());
  archive_entry_set_pathname(entry_.get(), name.c_str());
  archive_entry_set_filetype(entry_.get(), AE_IFREG);
  archive_entry_set_perm(entry_.get(), 0644);
  archive_entry_set_size(entry_.get(), static_cast<la_int64_t>(content.size()));
  check(archive_write_header(tar_.get(), entry_.get()), name);
  archive_write_data(tar_.get(), content.data(), content.size());
  check(archive_write_finish_entry(tar_.get()), name);
}

}  // namespace consort::docker
