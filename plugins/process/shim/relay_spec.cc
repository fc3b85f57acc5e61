#include "relay_spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay_files.h"
#include "sys.h"

extern char** environ;

namespace consort::shim {
namespace {

constexpr const char* default_path = "/usr/local/bin:/usr/bin:/bin";

const char* value_of(const char* record, const char* key) {
  std::size_t n = strlen(key);
  return strncmp(record, key, n) == 0 && record[n] == '=' ? record + n + 1 : nullptr;
}

// The last value of `key`, or null.
const char* last(const Call& call, std::size_t first, const char* key) {
  const char* found = nullptr;
  for (std::size_t i = first; i < call.count(); ++i) {
    if (const char* value = value_of(call.text(i), key)) found = value;
  }
  return found;
}

const char* variable(const Call& call, std::size_t first, const char* name) {
  const char* found = nullptr;
  for (std::size_t i = first; i < call.count(); ++i) {
    const char* env = value_of(call.text(i), "env");
    const char* value = env == nullptr ? nullptr : value_of(env, name);
    if (value != nullptr) found = value;
  }
  return found != nullptr ? found : getenv(name);
}

// What sshd tells of this very connection, and what it was told by the shell.
bool of_the_connection(const char* entry) {
  return strncmp(entry, "SSH_", 4) == 0 || value_of(entry, "PWD") != nullptr ||
         value_of(entry, "OLDPWD") != nullptr || value_of(entry, "SHLVL") != nullptr ||
         value_of(entry, "_") != nullptr;
}

void add_record(Buffer& spec, const char* key, const char* value) {
  spec.add(key).add("=").add(value).add("", 1);
}

void add_environment(const Call& call, std::size_t first, Buffer& spec) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const char* equals = strchr(*entry, '=');
    if (equals == nullptr || of_the_connection(*entry)) continue;
    Buffer name;
    name.add(*entry, static_cast<std::size_t>(equals - *entry));
    bool set = false;
    for (std::size_t i = first; i < call.count() && !set; ++i) {
      const char* env = value_of(call.text(i), "env");
      set = env != nullptr && value_of(env, name.text()) != nullptr;
    }
    if (!set) add_record(spec, "env", *entry);
  }
}

void complain(Buffer& error, const char* what, const char* name, const char* cause) {
  error.add(what).add(name).add(": ").add(cause);
}

// 0 if `path` can be executed, else why not.
int executable(const char* path) {
  struct stat info {};
  if (stat(path, &info) != 0) return errno;
  if (S_ISDIR(info.st_mode)) return EISDIR;
  if (!S_ISREG(info.st_mode)) return EACCES;
  return access(path, X_OK) == 0 ? 0 : errno;
}

// `name` as execvp finds it.
bool find_program(const char* name, const char* folder, const char* path, Buffer& found,
                  Buffer& error) {
  int why = ENOENT;
  if (strchr(name, '/') != nullptr) {
    if (*name != '/') found.add(folder).add("/");
    found.add(name);
    why = executable(found.text());
    if (why != 0) complain(error, "cannot run ", name, strerror(why));
    return why == 0;
  }
  for (const char* at = path; at != nullptr && *name != 0;) {
    const char* end = strchr(at, ':');
    const std::size_t length = end == nullptr ? strlen(at) : static_cast<std::size_t>(end - at);
    found.clear();
    if (length == 0) {
      found.add(folder);
    } else {
      found.add(at, length);
    }
    found.add("/").add(name);
    const int tried = executable(found.text());
    if (tried == 0) return true;
    if (tried == EACCES) why = EACCES;
    at = end == nullptr ? nullptr : end + 1;
  }
  complain(error, "cannot run ", name, why == EACCES ? strerror(why) : "it is not in PATH (");
  if (why != EACCES) error.add(path).add(")");
  return false;
}

}  // namespace

bool complete_spec(const Call& call, std::size_t first, const char* dir, Buffer& spec,
                   Buffer& error) {
  for (std::size_t i = first; i < call.count(); ++i) {
    if (strlen(call.text(i)) != call.field(i).length) {
      error.add("cannot pass on a NUL byte in ").add(call.text(i));
      return false;
    }
  }
  Buffer folder;
  const char* cwd = last(call, first, "cwd");
  const char* home = getenv("HOME");
  if (cwd == nullptr || *cwd != '/') folder.add(home != nullptr ? home : "/");
  if (cwd != nullptr && *cwd != 0) folder.add(*cwd == '/' ? "" : "/").add(cwd);
  struct stat info {};
  int why = stat(folder.text(), &info) != 0 ? errno : S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
  if (why == 0 && access(folder.text(), X_OK) != 0) why = errno;
  if (why != 0) {
    complain(error, "cannot use working_dir ", folder.text(), strerror(why));
    return false;
  }
  Buffer program;
  const char* name = last(call, first, "exec");
  const char* path = variable(call, first, "PATH");
  if (!find_program(name != nullptr ? name : "", folder.text(),
                    path != nullptr ? path : default_path, program, error)) {
    return false;
  }
  bool umasked = false;
  for (std::size_t i = first; i < call.count(); ++i) {
    const char* record = call.text(i);
    if (value_of(record, "cwd") || value_of(record, "exec")) continue;
    umasked = umasked || value_of(record, "umask") != nullptr;
    spec.add(record, call.field(i).length + 1);
  }
  add_record(spec, "exec", program.text());
  add_record(spec, "cwd", folder.text());
  add_environment(call, first, spec);
  if (!umasked) add_record(spec, "umask", login_umask());
  if (dir == nullptr) return true;
  const char* slash = strrchr(dir, '/');
  add_record(spec, "id", slash == nullptr ? dir : slash + 1);
  add_record(spec, "exit_dir", dir);
  Buffer fifos;
  add_record(spec, "fifo_dir", fifos.add(dir).add("/run").text());
  return true;
}

}  // namespace consort::shim
