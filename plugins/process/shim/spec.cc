#include "spec.h"

#include <errno.h>
#include <string.h>

#include "limit_names.h"
#include "protocol.h"
#include "sys.h"

namespace consort::shim {
namespace {

// The value behind "key=", or null if the record is another key's.
const char* value_of(const char* record, const char* key) {
  std::size_t n = strlen(key);
  return strncmp(record, key, n) == 0 && record[n] == '=' ? record + n + 1 : nullptr;
}

template <typename T>
bool number(const char* value, T& out, std::uint64_t most, int base = 10) {
  std::uint64_t parsed = 0;
  if (!parse_number(value, parsed, base) || parsed > most) return false;
  out = static_cast<T>(parsed);
  return true;
}

bool limit_value(const char* text, rlim_t& out) {
  if (strcmp(text, "-1") == 0 || strcmp(text, "unlimited") == 0) {
    out = RLIM_INFINITY;
    return true;
  }
  return number(text, out, never);
}

// NAME:SOFT:HARD. Cuts the record at its colons.
bool parse_limit(char* value, Limit& limit) {
  char* soft = strchr(value, ':');
  char* hard = soft == nullptr ? nullptr : strchr(soft + 1, ':');
  if (hard == nullptr) return false;
  *soft++ = 0;
  *hard++ = 0;
  for (const LimitName& known : limit_names) {
    if (strcmp(known.name, value) != 0) continue;
    limit.resource = known.resource;
    return limit_value(soft, limit.value.rlim_cur) && limit_value(hard, limit.value.rlim_max);
  }
  return false;
}

bool parse_stdin(const char* value, Stdin& out) {
  if (strcmp(value, "null") == 0) {
    out = Stdin::null;
  } else if (strcmp(value, "open") == 0) {
    out = Stdin::open;
  } else if (strcmp(value, "closable") == 0) {
    out = Stdin::closable;
  } else {
    return false;
  }
  return true;
}

bool parse_flag(const char* value, bool& out) {
  out = value[0] == '1';
  return (value[0] == '0' || value[0] == '1') && value[1] == 0;
}

bool parse_mode(const char* value, bool& exec_mode) {
  exec_mode = strcmp(value, "exec") == 0;
  return exec_mode || strcmp(value, "service") == 0;
}

// An id is part of file names.
bool valid_id(const char* id) {
  return *id != 0 && *id != '.' && strchr(id, '/') == nullptr && strlen(id) <= 200;
}

struct Lists {
  std::size_t args = 0;
  std::size_t env = 0;
  std::size_t groups = 0;
};

bool parse_scalar(char* record, Spec& spec) {
  const char* v = nullptr;
  constexpr std::uint64_t id_max = 0xfffffffe;
  if ((v = value_of(record, "id"))) return valid_id(spec.id = v);
  if ((v = value_of(record, "exec"))) return *(spec.exec = v) == '/';
  if ((v = value_of(record, "cwd"))) return *(spec.cwd = v) != 0;
  if ((v = value_of(record, "fifo_dir"))) return *(spec.fifo_dir = v) == '/';
  if ((v = value_of(record, "exit_dir"))) return *(spec.exit_dir = v) == '/';
  if ((v = value_of(record, "uid"))) return spec.has_uid = number(v, spec.uid, id_max);
  if ((v = value_of(record, "gid"))) return spec.has_gid = number(v, spec.gid, id_max);
  if ((v = value_of(record, "umask"))) return spec.has_mask = number(v, spec.mask, 0777, 8);
  if ((v = value_of(record, "stdin"))) return parse_stdin(v, spec.input);
  if ((v = value_of(record, "tty"))) return parse_flag(v, spec.tty);
  if ((v = value_of(record, "mode"))) return parse_mode(v, spec.exec_mode);
  if ((v = value_of(record, "rows"))) return number(v, spec.rows, 0xffff);
  if ((v = value_of(record, "cols"))) return number(v, spec.cols, 0xffff);
  if ((v = value_of(record, "stop_signal"))) return number(v, spec.stop_signal, 64);
  if ((v = value_of(record, "grace_ms"))) return number(v, spec.grace_ms, 0xffffffff);
  if ((v = value_of(record, "log_max_bytes"))) return number(v, spec.log_max_bytes, never);
  if ((v = value_of(record, "log_max_files"))) return number(v, spec.log_max_files, 0xffffffff);
  if ((v = value_of(record, "rlimit"))) {
    if (spec.limit_count == RLIM_NLIMITS) return false;
    return parse_limit(record + (v - record), spec.limits[spec.limit_count++]);
  }
  return true;
}

}  // namespace

int parse_spec(char* text, std::size_t length, std::size_t size, Spec& spec) {
  char* end = text + length;
  if (length == 0 || end[-1] != 0) return EINVAL;
  int error = 0;
  Lists count;
  std::uint64_t version = 1;
  for (char* record = text; record < end; record += strlen(record) + 1) {
    if (const char* v = value_of(record, "version")) {
      if (!parse_number(v, version)) error = EINVAL;
    }
    count.args += value_of(record, "arg") != nullptr;
    count.env += value_of(record, "env") != nullptr;
    count.groups += value_of(record, "group") != nullptr;
  }
  if (version > protocol_version) error = EPROTONOSUPPORT;

  std::size_t id_room = strlen(instance_variable) + 256;
  auto at = (reinterpret_cast<std::uintptr_t>(end) + 15) & ~std::uintptr_t{15};
  auto** argv = reinterpret_cast<char**>(at);
  auto** envp = argv + count.args + 1;
  auto* groups = reinterpret_cast<gid_t*>(envp + count.env + 2);
  char* mark = reinterpret_cast<char*>(groups + count.groups);
  if (mark + id_room > text + size) return E2BIG;

  spec.argv = argv;
  spec.envp = envp;
  spec.groups = groups;
  char** next_env = envp + 1;
  char* following = text;
  for (char* record = text; record < end; record = following) {
    following = record + strlen(record) + 1;  // before parse_limit cuts it
    if (const char* arg = value_of(record, "arg")) {
      *argv++ = record + (arg - record);
    } else if (const char* env = value_of(record, "env")) {
      if (value_of(env, instance_variable) == nullptr) *next_env++ = record + (env - record);
    } else if (const char* group = value_of(record, "group")) {
      if (!number(group, spec.groups[spec.group_count++], 0xfffffffe)) error = EINVAL;
    } else if (!parse_scalar(record, spec) && error == 0) {
      error = EINVAL;
    }
  }
  *argv = nullptr;
  *next_env = nullptr;
  if (spec.id == nullptr || !valid_id(spec.id)) return EINVAL;
  *envp = mark;
  Text(mark, id_room).add(instance_variable).add("=").add(spec.id);
  if (error != 0) return error;
  bool complete = spec.exec != nullptr && spec.exit_dir != nullptr && count.args > 0 &&
                  (spec.exec_mode || spec.fifo_dir != nullptr);
  return complete ? 0 : EINVAL;
}

}  // namespace consort::shim
