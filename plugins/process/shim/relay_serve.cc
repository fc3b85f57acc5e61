// Requests: to whom each goes, and those that are answered at once.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <new>

#include "control.h"
#include "protocol.h"
#include "relay_files.h"
#include "relay_spec.h"
#include "relay_state.h"
#include "relay_stats.h"

namespace consort::shim {

void Relay::serve(const Call& call) {
  if (strcmp(call.op(), "ping") == 0) return reply(call.id(), "ok", "");
  if (strcmp(call.op(), "check") == 0) {
    Buffer spec;
    Buffer error;
    const bool good = complete_spec(call, 0, nullptr, spec, error);
    return reply(call.id(), good ? "ok" : "failed", error.text());
  }
  if (strcmp(call.op(), "purge") == 0) {
    const int error = remove_programs();
    if (error != 0) return fail(call.id(), "cannot remove ", "the shims", error);
    return reply(call.id(), "ok", "");
  }
  if (!below(root_.text(), call.text(0))) return reply(call.id(), "failed", "no such folder");
  if (!serve_instance(call) && !serve_files(call)) {
    reply(call.id(), "failed", "this relay does not know that request");
  }
}

bool Relay::serve_instance(const Call& call) {
  const char* op = call.op();
  if (strcmp(op, "start") == 0 || strcmp(op, "prepare") == 0) {
    start(call, *op == 's');
  } else if (strcmp(op, "follow") == 0) {
    follow(call);
  } else if (strcmp(op, "stop") == 0) {
    stop(call);
  } else if (strcmp(op, "result") == 0) {
    add(call, Pending::Kind::result).watch = watch(call.text(0));
  } else if (strcmp(op, "signal") == 0) {
    command(call, "signal", 1);
  } else if (strcmp(op, "resize") == 0) {
    command(call, "resize", 2);
  } else if (strcmp(op, "close_stdin") == 0) {
    command(call, "close-stdin", 0);
  } else if (strcmp(op, "write") == 0) {
    write_input(call);
  } else if (strcmp(op, "stats") == 0) {
    stats(call);
  } else {
    return false;
  }
  return true;
}

bool Relay::serve_files(const Call& call) {
  const char* op = call.op();
  const char* path = call.text(0);
  std::uint64_t number = 0;
  const bool has_number = call.number(1, number);
  if (strcmp(op, "remove") == 0) {
    remove(call);
  } else if (strcmp(op, "list") == 0) {
    list(call);
  } else if (strcmp(op, "trim") == 0 && has_number) {
    Buffer dropped;
    trim_log(path, static_cast<std::uint32_t>(number), dropped);
    reply(call.id(), "ok", dropped.data(), dropped.size());
  } else if (strcmp(op, "have") == 0 && has_number) {
    const int error = have_file(path, number);
    error == 0 ? reply(call.id(), "ok", "") : fail(call.id(), "cannot find ", path, error);
  } else if (strcmp(op, "put") == 0 && has_number && call.count() == 3) {
    const int error = put_part(path, number, call.text(2), call.field(2).length);
    error == 0 ? reply(call.id(), "ok", "") : fail(call.id(), "cannot write ", path, error);
  } else if (strcmp(op, "commit") == 0 && has_number) {
    const int error = commit_parts(path, number);
    error == 0 ? reply(call.id(), "ok", "") : fail(call.id(), "cannot write ", path, error);
  } else {
    return false;
  }
  return true;
}

Pending& Relay::add(const Call& call, Pending::Kind kind) {
  auto* room = static_cast<Pending*>(malloc(sizeof(Pending)));
  if (room == nullptr) abort();
  auto* made = ::new (static_cast<void*>(room)) Pending;
  made->kind = kind;
  memcpy(made->id, call.id(), strlen(call.id()) + 1);
  Pending** at = &pending_;
  while (*at != nullptr) at = &(*at)->next;
  *at = made;
  return *made;
}

void Relay::command(const Call& call, const char* name, std::size_t numbers) {
  Buffer words[4];
  char* texts[4];
  words[0].add(call.text(0));
  words[1].add(name);
  for (std::size_t i = 0; i < numbers; ++i) words[2 + i].add(call.text(1 + i));
  for (std::size_t i = 0; i < 2 + numbers; ++i) {
    words[i].text();
    texts[i] = words[i].data();
  }
  const int status = control(static_cast<int>(2 + numbers), texts);
  if (status == 0) return reply(call.id(), "ok", "");
  reply(call.id(), status == 1 ? "missing" : "failed", "it does not run");
}

void Relay::write_input(const Call& call) {
  const char* dir = call.text(0);
  const char* slash = strrchr(dir, '/');
  Buffer path;
  path.add(dir).add("/run").add(slash).add(stdin_suffix);
  const int fd = open(path.text(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return fail(call.id(), "cannot write to the stdin of ", slash + 1, errno);
  ssize_t n = write(fd, call.text(1), call.field(1).length);
  if (n < 0 && errno == EAGAIN) n = 0;
  const int error = errno;
  close(fd);
  if (n < 0) return fail(call.id(), "cannot write to the stdin of ", slash + 1, error);
  Buffer taken;
  reply(call.id(), "ok", taken.add(static_cast<std::uint64_t>(n)).text());
}

void Relay::stats(const Call& call) {
  Buffer exit;
  int shim = 0;
  look_at(call.text(0), exit, shim);
  if (shim == 0) return reply(call.id(), "missing", "it does not run");
  Buffer usage;
  add_usage(shim, usage);
  reply(call.id(), "ok", usage.data(), usage.size());
}

void Relay::remove(const Call& call) {
  const char* path = call.text(0);
  Buffer exit;
  int shim = 0;
  const Condition condition = look_at(path, exit, shim);
  if (shim != 0 || condition == Condition::orphaned) {
    return reply(call.id(), "failed", "it still runs");
  }
  unwatch(path);
  const int error = remove_tree(path);
  if (error != 0) return fail(call.id(), "cannot remove ", path, error);
  remove_empty_parents(root_.text(), path);
  reply(call.id(), "ok", "");
}

void Relay::list(const Call& call) {
  Buffer lines;
  if (DIR* folder = opendir(call.text(0))) {
    while (const dirent* entry = readdir(folder)) {
      if (entry->d_name[0] == '.') continue;
      Buffer path;
      Buffer exit;
      int shim = 0;
      path.add(call.text(0)).add("/").add(entry->d_name);
      const Condition condition = look_at(path.text(), exit, shim);
      if (condition == Condition::missing) continue;
      const bool runs = shim != 0 || condition == Condition::orphaned;
      lines.add(entry->d_name).add(runs ? " running\n" : " over\n");
    }
    closedir(folder);
  }
  reply(call.id(), "ok", lines.data(), lines.size());
}

}  // namespace consort::shim
