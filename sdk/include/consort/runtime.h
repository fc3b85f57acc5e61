/* SPDX-License-Identifier: Apache-2.0
 *
 * consort/runtime.h: the C ABI, major 1, between Consort and a runtime plugin.
 *
 * A plugin is a shared library that exports one function, consort_runtime_entry_v1, beside a
 * manifest NAME.runtime.json (docs/plugins.md). Compiles as C11 and as C++11 or later.
 *
 * Rules of this file
 *   Versions. The major is in the name of the exported function. Within a major: fields are only
 *     appended, behind `size`; a new function is a new extension id; zero in a new field means the
 *     old behaviour; a changed meaning is a new id ("consort.exec/2"). Read a field only if `size`
 *     covers it (CONSORT_HAS). The host loads a plugin if plugin.minor_needed <= host.minor.
 *   Threads. [plugin-thread]: called by the host on the one thread that this runtime has; calls
 *     never overlap. [any-thread]: the plugin may call it from any thread; it copies what it is
 *     given, never blocks and never calls back into the plugin before it returns.
 *   Memory. Every pointer is borrowed for the call and copied by the callee if it is kept. Nobody
 *     frees what the other side allocated. Strings are UTF-8 where they are text, end with NUL and
 *     are never null unless marked [nullable].
 *   Operations. A function with an `op` returns at once or blocks its own thread only; its outcome
 *     is told by exactly one host->complete(op). Blocking stalls this runtime's services alone.
 *   Exceptions never cross. A C++ plugin uses <consort/runtime.hpp>, which sees to all of this.
 *   A plugin must not touch the process it lives in: no SIGCHLD, no waitpid(-1), no chdir, umask,
 *     setenv or signal handlers.
 *   Times are nanoseconds since the Unix epoch (_ns) or lengths in milliseconds (_ms).
 */
#ifndef CONSORT_RUNTIME_H
#define CONSORT_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CONSORT_ABI_MAJOR 1
#define CONSORT_ABI_MINOR 0

/* True if `object` is large enough to hold `field`: guards every field that came after 1.0. */
#define CONSORT_HAS(type, object, field) \
  ((object)->size >= offsetof(type, field) + sizeof((object)->field))

#if defined(_WIN32)
#define CONSORT_EXPORT __declspec(dllexport)
#else
#define CONSORT_EXPORT __attribute__((visibility("default")))
#endif

/* How an operation ended. Values are final; an unknown one is read as CONSORT_E_FAILED. */
typedef enum consort_status {
  CONSORT_OK = 0,
  CONSORT_E_FAILED = 1,      /* tried and failed; trying again may or may not help */
  CONSORT_E_INVALID = 2,     /* the service's settings cannot work: do not try again */
  CONSORT_E_NOT_FOUND = 3,   /* no such instance */
  CONSORT_E_RETRY = 4,       /* the backend is not there now: nothing is known, nothing is lost */
  CONSORT_E_UNSUPPORTED = 5, /* this runtime cannot do this */
  CONSORT_E_EXCEPTION = 6,   /* the plugin's handler threw; set by the C++ wrapper */
  CONSORT_E_DROPPED = 7,     /* the plugin lost the operation; set by the C++ wrapper or the host */
  CONSORT_E_DENIED = 8       /* permission */
} consort_status;

typedef enum consort_stream { CONSORT_STDOUT = 1, CONSORT_STDERR = 2 } consort_stream;

typedef enum consort_level {
  CONSORT_LOG_DEBUG = 0,
  CONSORT_LOG_INFO = 1,
  CONSORT_LOG_WARNING = 2,
  CONSORT_LOG_ERROR = 3
} consort_level;

/* How an instance ended. */
typedef struct consort_exit {
  uint32_t size;
  int32_t known;     /* 1: code or signal is right; 0: it ended, but nobody can know how */
  int32_t code;      /* exit code; read if known and signal is 0 */
  int32_t signal;    /* the signal that ended it, else 0 */
  int32_t oom;       /* 1: ended by the kernel or the engine for lack of memory */
  int32_t leftovers; /* 1: descendants of the service still run */
  int64_t at_ns;     /* when; 0 = now */
  const char* cause; /* for people [nullable] */
} consort_exit;

/* What attach and inspect say of an instance. */
typedef enum consort_instance_state {
  CONSORT_INSTANCE_GONE = 0, /* the runtime knows nothing of it */
  CONSORT_INSTANCE_RUNNING = 1,
  CONSORT_INSTANCE_EXITED = 2 /* `exit` says how */
} consort_instance_state;

/* The outcome of an operation. Fields that the operation does not set stay zero. */
typedef struct consort_result {
  uint32_t size;
  int32_t status;           /* consort_status */
  const char* message;      /* "cannot X: cause" when not OK [nullable] */
  const char* handle;       /* start: at most 4096 bytes, given back to attach [nullable] */
  int64_t pid;              /* start, attach: on this machine, else 0 */
  int32_t state;            /* attach, inspect: consort_instance_state */
  int32_t exit_code;        /* exec: exit code, or 128 + signal */
  const consort_exit* exit; /* attach, inspect: if EXITED [nullable] */
  const char* json;         /* stats, list, validate and others: their answer; start, attach:
                               {"ports": [{"host_ip", "published", "target", "protocol"}]} if the
                               runtime has chosen ports that it publishes, {"command"} if it runs
                               another than the task's, an image's say [nullable] */
} consort_result;

/* One instance to run: a replica of a service in one generation. */
typedef struct consort_task {
  uint32_t size;
  uint32_t index;       /* replica, from 1 */
  const char* instance; /* unique id, of [A-Za-z0-9._-]; tag what you start with it */
  const char* project;
  const char* service;
  const char* instance_dir; /* 0700, exists: the instance's own files; logs go to its log/ */
  const char* working_dir;  /* as the file has it: may start in "project_dir"; "" if it says none */
  const char* const* argv;  /* NULL at the end; empty: the image's own command */
  const char* const* env;   /* "K=V", NULL at the end; complete, in order */
  const char* stop_signal;  /* "SIGTERM" [nullable: the runtime's default] */
  uint64_t stop_grace_ms;
  int32_t stdin_open;
  int32_t tty;
  const char* service_json; /* the whole service in canonical form, checked by your schema */
  uint32_t flags;           /* CONSORT_TASK_... */
} consort_task;
/* It replaces another: nothing of an earlier instance is used again. */
#define CONSORT_TASK_FRESH 1u
/* Of `run`, beside the service's replicas. */
#define CONSORT_TASK_ONE_OFF 2u

/* How an instance is removed. */
#define CONSORT_REMOVE_RUNNING 1u /* also if it runs */
#define CONSORT_REMOVE_VOLUMES 2u /* with the volumes that are its own */

typedef struct consort_host consort_host;
typedef struct consort_runtime consort_runtime;

/* What the host gives to the plugin. Lives until destroy() has returned. */
struct consort_host {
  uint32_t size;
  uint32_t abi_minor; /* of the host */
  void* ctx;          /* the host's own */
  /* The outcome of `op`, exactly once each; a second one is ignored and logged. [any-thread] */
  void (*complete)(const consort_host*, uint64_t op, const consort_result*);
  /* The instance ended. At least once, never before its start completed; counted once.
     [any-thread] */
  void (*exited)(const consort_host*, const char* instance, const consort_exit*);
  /* Progress for people ("pulling 40 %"): {"message": "..."}. May be dropped. [any-thread] */
  void (*event)(const consort_host*, const char* instance, const char* json);
  /* Whether the backend (engine, host) can be used, first report by the end of init, then each
     change: CONSORT_OK, or why not. [any-thread] */
  void (*health)(const consort_host*, int32_t status, const char* message);
  /* A line for the supervisor's own log. [any-thread] */
  void (*log)(const consort_host*, int32_t level, const char* message);
  /* A host extension by id, or null if this host has none such. [any-thread] */
  const void* (*get_extension)(const consort_host*, const char* id);
};

/* One runtime, made by the plugin's create(). Every function is called on [plugin-thread]. */
struct consort_runtime {
  uint32_t size;
  uint32_t reserved;
  void* self; /* the plugin's own */
  /* Once, before all others. `config_json`: {"settings": {...}, "state_dir": "...",
     "runtime_dir": "...", "instances_dir": "...", "project": "...",
     "project_dir": "..." (where its relative paths start), "environment": {K: V} of the `up`,
     "logs": {"max_bytes": N, "max_files": N},
     "nofile": {"soft": N, "hard": N}}. "settings" is as the settings_schema has it. state_dir and
     runtime_dir are this runtime's own (0700, exist), the same after a restart of the supervisor;
     runtime_dir is for sockets and FIFOs. instances_dir holds every task's instance_dir. "logs" is
     for services without logging options (0 bytes: no limit). "nofile" is the limit of open files
     that the host itself was started with, before it raised its own (-1: none).
     On an error the runtime is disabled and destroy() follows. Write why to `message`, a buffer of
     `message_size` bytes. */
  int32_t (*init)(consort_runtime*, const char* config_json, char* message, size_t message_size);
  /* Runs the task. Idempotent by task->instance: if that runs already, it completes as running. */
  void (*start)(consort_runtime*, uint64_t op, const consort_task*);
  /* After a restart of the supervisor: what became of the task? Sets result.state; RUNNING means
     watched again, also if it was already. `handle` is "" where start's was not recorded: find it
     by its id. CONSORT_E_RETRY when the backend cannot say now; any other error, when a person must
     mend something first: commands do not wait for it. Neither destroys anything. */
  void (*attach)(consort_runtime*, uint64_t op, const consort_task*, const char* handle);
  /* Ends the whole tree: `signal` [nullable: the task's], `grace_ms`, then kill, and completes when
     nothing of it runs. An unknown or ended instance is a success. exited() is reported as ever. */
  void (*stop)(consort_runtime*, uint64_t op, const char* instance, const char* signal,
               uint64_t grace_ms);
  /* The present state, as attach. */
  void (*inspect)(consort_runtime*, uint64_t op, const char* instance);
  /* Forgets an ended instance and frees what the runtime holds for it (not instance_dir, which is
     the core's). `how`: CONSORT_REMOVE_... An unknown one is a success. */
  void (*remove)(consort_runtime*, uint64_t op, const char* instance, uint32_t how);
  /* A plugin extension by id, or null. The pointer lives as long as the runtime. */
  const void* (*get_extension)(consort_runtime*, const char* id);
  /* Ends the plugin's threads and watches, not the instances. No host call after it returns. */
  void (*destroy)(consort_runtime*);
};

/* What a plugin says of itself; must equal its manifest. Static storage. */
typedef struct consort_descriptor {
  uint32_t size;
  uint32_t minor_needed;       /* loads in hosts of this minor or newer */
  uint32_t minor_built;        /* for messages */
  const char* runtime;         /* its name in `runtime:` */
  const char* version;         /* the plugin's own */
  const char* const* features; /* extension ids that it has, NULL at the end */
} consort_descriptor;

typedef struct consort_entry {
  uint32_t size;
  uint32_t abi_major; /* CONSORT_ABI_MAJOR */
  const consort_descriptor* (*descriptor)(void);
  /* A new runtime, or null. The host outlives it. [plugin-thread] */
  consort_runtime* (*create)(const consort_host*);
} consort_entry;

/* The one exported function. Returns static storage. */
typedef const consort_entry* (*consort_runtime_entry_fn)(void);
#define CONSORT_ENTRY_SYMBOL "consort_runtime_entry_v1"
CONSORT_EXPORT const consort_entry* consort_runtime_entry_v1(void);

/* ---- Extensions of a plugin: runtime->get_extension(id), all on [plugin-thread] ------------- */

/* Runs a command inside a running instance. */
#define CONSORT_EXT_EXEC "consort.exec/1"
typedef struct consort_exec {
  uint32_t size;
  int32_t tty;               /* 1: a terminal; output is then all on out_fd */
  uint16_t rows, columns;    /* 0: the runtime's default */
  const char* const* argv;   /* NULL at the end */
  const char* const* env;    /* added to the service's, NULL at the end */
  const char* working_dir;   /* "" = the service's */
  const char* user;          /* "" = the service's */
  int in_fd, out_fd, err_fd; /* pipes or sockets, owned by the plugin from this call on; -1: none */
  uint64_t timeout_ms;       /* 0: none. Overdue: the whole tree is killed, exit_code 124 */
  int32_t privileged;        /* 1: with every right that there is; CONSORT_E_UNSUPPORTED without */
} consort_exec;
typedef struct consort_exec_v1 {
  uint32_t size;
  /* Completes when the command has ended and its output is written: exit_code is set.
     `cancel` of the same op kills its tree. */
  void (*exec)(consort_runtime*, uint64_t op, const char* instance, const consort_exec*);
  void (*resize)(consort_runtime*, uint64_t op, uint16_t rows, uint16_t columns);
  void (*cancel)(consort_runtime*, uint64_t op);
} consort_exec_v1;

/* Input to an instance's own stdin and terminal (stdin_open, tty). */
#define CONSORT_EXT_ATTACH "consort.attach/1"
typedef struct consort_attach_v1 {
  uint32_t size;
  /* result.pid is not used; completes with the number of a file descriptor to write stdin to, in
     result.exit_code, owned by the host from then on. Its closing is not an end of file. */
  void (*open_stdin)(consort_runtime*, uint64_t op, const char* instance);
  /* End of file for the instance's stdin, for whoever wrote to it before. */
  void (*close_stdin)(consort_runtime*, uint64_t op, const char* instance);
  void (*resize)(consort_runtime*, const char* instance, uint16_t rows, uint16_t columns);
  /* The instance's output as it comes, beside its log, which may have a line only when it is whole:
     completes when whatever is written from now on is sure to go to these pipes, which the plugin
     owns from this call on and closes at the end of the output. That the host has closed the other
     ends is an end of it too. All of a terminal's output goes to out_fd. Without it, or if it is
     CONSORT_E_UNSUPPORTED, the host follows the log. [nullable] */
  void (*show_output)(consort_runtime*, uint64_t op, const char* instance, int out_fd, int err_fd);
} consort_attach_v1;

/* Sends a signal, named "SIGHUP", to the instance. An unknown name is CONSORT_E_INVALID. */
#define CONSORT_EXT_SIGNAL "consort.signal/1"
typedef struct consort_signal_v1 {
  uint32_t size;
  void (*signal)(consort_runtime*, uint64_t op, const char* instance, const char* signal);
} consort_signal_v1;

/* result.json: {"at_ns", "cpu_ns" (total used), "memory_bytes", "memory_limit_bytes"?, "pids",
   "read_bytes"?, "write_bytes"?, "rx_bytes"?, "tx_bytes"?}. */
#define CONSORT_EXT_STATS "consort.stats/1"
typedef struct consort_stats_v1 {
  uint32_t size;
  void (*stats)(consort_runtime*, uint64_t op, const char* instance);
} consort_stats_v1;

/* result.json: [{"instance", "running": bool}]: all instances of this project that the runtime has,
   so that strays are found. */
#define CONSORT_EXT_LIST "consort.list/1"
typedef struct consort_list_v1 {
  uint32_t size;
  void (*list)(consort_runtime*, uint64_t op);
} consort_list_v1;

/* Checks before anything starts what the schema cannot say: is the binary there, is the engine
   reachable. Completes OK with result.json: [] or [{"pointer": "/binary", "message": "..."}]. */
#define CONSORT_EXT_VALIDATE "consort.validate/1"
typedef struct consort_validate_v1 {
  uint32_t size;
  void (*validate)(consort_runtime*, uint64_t op, const consort_task*);
} consort_validate_v1;

/* What `consort doctor` shows: result.json: {"summary": "...", "facts": {"k": "v"},
   "problems": [{"message": "...", "advice": "..."}]}. */
#define CONSORT_EXT_FINGERPRINT "consort.fingerprint/1"
typedef struct consort_fingerprint_v1 {
  uint32_t size;
  void (*fingerprint)(consort_runtime*, uint64_t op);
} consort_fingerprint_v1;

/* What the services of a project share: networks, volumes, images. */
#define CONSORT_EXT_PROJECT "consort.project/1"
typedef struct consort_project_v1 {
  uint32_t size;
  /* Before services start: makes what they need. `project_json`: {"directory", "files": [PATH],
     "services": {NAME: its canonical form} (all of this runtime), "starting": [NAME], "keeping":
     [NAME] (they run and have not changed), "resources": {"networks", "volumes", ...},
     "places": {"networks.NAME": "FILE:LINE:COLUMN"} of those that stand in a file, "environment":
     {K: V} of the `up`, "options": {"pull": "always"|"missing"|"never"?, "build": bool?, "replace":
     false?: what runs stays, whatever is said of it, "renew_volumes": true?: what is made anew
     begins with empty anonymous volumes, "look": true?: nothing is made, only what is
     outdated is asked for}}. Idempotent. Progress is told by host->event with the instance "".
     Completes OK with result.json: a list of {"service": NAME, "message": why it cannot start}, of
     {"message"} of what is no service's, with its place, and, of those that are kept, {"instance",
     "outdated": why it is to be replaced all the same}, as "its image has changed". */
  void (*prepare)(consort_runtime*, uint64_t op, const char* project_json);
  /* At the end of a down, when every instance is removed: removes what prepare made, and nothing
     that is another project's. `options_json`: {"volumes": bool, "images": ""|"local"|"all",
     "purge_cache": bool: what is kept for the next project too, "keeping": [NAME]: services that
     were not taken down, of which everything stays, "project": prepare's view?: no prepare and no
     instance came before, what an earlier down has left is to go}. */
  void (*release)(consort_runtime*, uint64_t op, const char* options_json);
} consort_project_v1;

/* The images that services run from: what `pull`, `build` and `images` are about. */
#define CONSORT_EXT_IMAGES "consort.images/1"
typedef struct consort_images_v1 {
  uint32_t size;
  /* Gets the images of the services in "starting", whether or not they are there, or makes them of
     the services' `build`. `project_json` is prepare's, with other "options": for pull {"policy":
     "always"|"missing"}, for build {"arguments": {K: V}, "no_cache": bool, "pull": bool}. Changes
     nothing that runs. Progress is told as of prepare; the output of a build line by line.
     Completes OK with result.json: [] or [{"service": NAME, "message": why not}]. */
  void (*pull)(consort_runtime*, uint64_t op, const char* project_json);
  void (*build)(consort_runtime*, uint64_t op, const char* project_json);
  /* What this project's instances are of, running or not. result.json: [{"instance", "container",
     "repository", "tag", "id", "platform", "bytes", "created_ns", "tagged_ns"}]. */
  void (*list)(consort_runtime*, uint64_t op);
} consort_images_v1;

/* Makes what a start of the task would run, and does not run it: a later start of the same replica
   takes it, unless its task is fresh. Completes OK when it is there. */
#define CONSORT_EXT_CREATE "consort.create/1"
typedef struct consort_create_v1 {
  uint32_t size;
  void (*create)(consort_runtime*, uint64_t op, const consort_task*);
} consort_create_v1;

/* Halts a running instance where it is, all of it, and lets it go on. Both are idempotent; a stop
   ends a halted one as any other. */
#define CONSORT_EXT_PAUSE "consort.pause/1"
typedef struct consort_pause_v1 {
  uint32_t size;
  void (*pause)(consort_runtime*, uint64_t op, const char* instance);
  void (*resume)(consort_runtime*, uint64_t op, const char* instance);
} consort_pause_v1;

/* The processes of a running instance, as ps(1) shows them. result.json: {"titles": ["PID", ...],
   "processes": [["17", ...], ...]}. */
#define CONSORT_EXT_TOP "consort.top/1"
typedef struct consort_top_v1 {
  uint32_t size;
  void (*top)(consort_runtime*, uint64_t op, const char* instance);
} consort_top_v1;

/* The files of an instance that has some of its own, running or not. Paths are absolute, in it. */
#define CONSORT_EXT_COPY "consort.copy/1"
typedef struct consort_copy_v1 {
  uint32_t size;
  /* What is there. result.json: {"name", "type": "file"|"directory"|"link"|"other", "target"?:
     where a link leads to, absolute}. CONSORT_E_NOT_FOUND where there is nothing. */
  void (*look)(consort_runtime*, uint64_t op, const char* instance, const char* path);
  /* Writes it as a tar archive to `fd`; the names of the entries begin with the path's last part.
     The plugin owns fd from this call on and closes it at the end. */
  void (*read)(consort_runtime*, uint64_t op, const char* instance, const char* path, int fd);
  /* Unpacks the tar archive that `fd` gives, up to its end, in the directory `path`, with the
     owners that it names. The plugin owns fd from this call on. */
  void (*write)(consort_runtime*, uint64_t op, const char* instance, const char* path, int fd);
} consort_copy_v1;

/* The plugin's half of consort.logs/1: told that the host takes lines of `instance` again. */
#define CONSORT_EXT_LOGS "consort.logs/1"
typedef struct consort_logs_source_v1 {
  uint32_t size;
  void (*resume)(consort_runtime*, const char* instance);
} consort_logs_source_v1;

/* The plugin's half of consort.prompt/1: the answer to a question that it asked. */
#define CONSORT_EXT_PROMPT "consort.prompt/1"
typedef enum consort_answer {
  CONSORT_ANSWER_GIVEN = 0,
  CONSORT_ANSWER_NOBODY = 1, /* no command waits at a terminal; ask again when there is cause to */
  CONSORT_ANSWER_REFUSED = 2 /* the person would not say */
} consort_answer;
typedef struct consort_prompt_v1 {
  uint32_t size;
  /* Once for each ask() that is not cancelled; it may cross with a cancel(), then ignore it. `text`
     is the secret, or "yes" or "no"; "" unless GIVEN; the host wipes it after the call. */
  void (*answered)(consort_runtime*, uint64_t prompt, int32_t answer, const char* text);
} consort_prompt_v1;

/* Trust in the hosts that a runtime connects to, for `consort ssh trust`: the runtime alone, in the
   process of the command; no instance is started there. */
#define CONSORT_EXT_TRUST "consort.trust/1"
typedef struct consort_trust_v1 {
  uint32_t size;
  /* Asks `host`, written as a service names it, for its key. With a `fingerprint` ("SHA256:..."),
     records the key if it has that one, else fails; "": only looks. Completes OK with result.json:
     {"host": NAME as it is recorded, "trust": "known"|"unknown"|"changed"|"revoked", "key_type",
     "fingerprint", "place": "FILE:LINE" of what is known or "", "note": for people or "",
     "file": where it is recorded, "recorded": bool}. Never records a changed or revoked key. */
  void (*trust)(consort_runtime*, uint64_t op, const char* host, const char* fingerprint);
} consort_trust_v1;

/* For a runtime that uses the environment of whoever is at work (SSH_AUTH_SOCK). */
#define CONSORT_EXT_ENVIRONMENT "consort.environment/1"
typedef struct consort_environment_v1 {
  uint32_t size;
  /* A command comes, from this environment: {K: V}, whole, with the names that init's "environment"
     has. Told before its operations, changed or not: what only a person can mend may be mended. */
  void (*changed)(consort_runtime*, const char* environment_json);
} consort_environment_v1;

/* ---- Extensions of the host: host->get_extension(host, id) ---------------------------------- */

/* A whole line of output (partial 0) or a part of one (partial 1), without the newline. Bytes and
   cursor are the plugin's, and good during the call. */
typedef struct consort_line {
  int32_t stream;
  int32_t partial;
  int64_t at_ns;
  const char* bytes;
  size_t length;
  const char* cursor; /* kept with the line, see last_cursor; without a newline, may be empty */
  size_t cursor_length;
} consort_line;

/* Lines of a CRI log, each "<RFC3339Nano> stdout|stderr P|F <text>\n"; another one is kept but
   never shown. Bytes and file are the plugin's, and good during the call. */
typedef struct consort_records {
  uint32_t size;
  const char* bytes;
  size_t length;
  /* Where they are from: the cursor kept with a record is `file` and behind it, in decimal, the
     offset of its end. */
  const char* file;
  size_t file_length;
  uint64_t offset; /* of the first byte */
} consort_records;

/* For a runtime whose output is not already CRI files in instance_dir/log. */
typedef struct consort_logs_host_v1 {
  uint32_t size;
  /* Stores lines in order; many at once cost little more than one. `*stored`: how many are.
     CONSORT_E_RETRY: not all; stop, and push the others again after resume(). Any other failure:
     they never will be. [any-thread] */
  int32_t (*write)(const consort_host*, const char* instance, const consort_line* lines,
                   size_t count, size_t* stored);
  /* The cursor of the last stored line, "" if none, into `buffer`; its whole length is returned.
     [any-thread] */
  size_t (*last_cursor)(const consort_host*, const char* instance, char* buffer, size_t size);
  /* As write, for a runtime that reads CRI files elsewhere: whole records, stored as they are.
     `*stored`: how many bytes are, always to the end of a record. [any-thread] */
  int32_t (*write_records)(const consort_host*, const char* instance, const consort_records*,
                           size_t* stored);
} consort_logs_host_v1;

/* File descriptors and timers on this runtime's thread. All [plugin-thread]. */
#define CONSORT_EXT_REACTOR "consort.reactor/1"
#define CONSORT_READABLE 1u
#define CONSORT_WRITABLE 2u
typedef void (*consort_fd_fn)(void* user, int fd, uint32_t ready);
typedef void (*consort_timer_fn)(void* user, uint64_t timer);
typedef struct consort_reactor_v1 {
  uint32_t size;
  /* Level-triggered: `callback` while any of `events` holds, until unwatched. The descriptor stays
     the plugin's; unwatch it before closing it. Watching again changes events and callback. */
  int32_t (*watch)(const consort_host*, int fd, uint32_t events, consort_fd_fn callback,
                   void* user);
  void (*unwatch)(const consort_host*, int fd);
  /* Once, after delay_ms. Returns its id, never 0. */
  uint64_t (*start_timer)(const consort_host*, uint64_t delay_ms, consort_timer_fn callback,
                          void* user);
  void (*cancel_timer)(const consort_host*, uint64_t timer);
} consort_reactor_v1;

/* For a runtime that checks the health of an instance itself, where its service has no check. Told
   before the start completes, it counts from the start on. Never dropped. */
#define CONSORT_EXT_HEALTH "consort.health/1"
typedef enum consort_health {
  CONSORT_HEALTH_STARTING = 1,
  CONSORT_HEALTH_HEALTHY = 2,
  CONSORT_HEALTH_UNHEALTHY = 3
} consort_health;
typedef struct consort_health_host_v1 {
  uint32_t size;
  /* `message`: what an unhealthy one's check said [nullable]. [any-thread] */
  void (*report)(const consort_host*, const char* instance, int32_t health, const char* message);
} consort_health_host_v1;

/* The host's half of consort.prompt/1: questions for the person, asked by the command that waits. A
   supervisor has no terminal of its own. */
typedef enum consort_prompt_kind {
  CONSORT_PROMPT_SECRET = 1, /* a text that nobody sees while it is typed: a passphrase */
  CONSORT_PROMPT_CONFIRM = 2 /* yes or no */
} consort_prompt_kind;
typedef struct consort_prompt_host_v1 {
  uint32_t size;
  /* Asks. `prompt`: a number of the plugin's own, no other question's while this one is open.
     `instance`: what waits for the answer, or "". `message`: whole, as it is shown, without a
     colon at its end: "Passphrase of /home/me/.ssh/id_ed25519". [any-thread] */
  void (*ask)(const consort_host*, uint64_t prompt, int32_t kind, const char* instance,
              const char* message);
  /* The answer is of no use any more. An unknown number is fine. [any-thread] */
  void (*cancel)(const consort_host*, uint64_t prompt);
} consort_prompt_host_v1;

/* The host's half of consort.pause/1: an instance was halted, or goes on, by whoever's hand. Told
   before an attach completes, it counts from there on; news or not. Never dropped. */
typedef struct consort_pause_host_v1 {
  uint32_t size;
  /* `paused`: 1 or 0. [any-thread] */
  void (*report)(const consort_host*, const char* instance, int32_t paused);
} consort_pause_host_v1;

/* For a runtime with several backends, say hosts: whether it can say how one instance is. Without a
   word it can; health() speaks of all at once. Never dropped. */
#define CONSORT_EXT_REACH "consort.reach/1"
typedef struct consort_reach_host_v1 {
  uint32_t size;
  /* CONSORT_OK: it can be asked for again, and attach follows if it was out of reach. Anything
     else: it cannot be asked for now, `message` says why; it counts as unknown. [any-thread] */
  void (*report)(const consort_host*, const char* instance, int32_t status, const char* message);
} consort_reach_host_v1;

#ifdef __cplusplus
}
#endif
#endif /* CONSORT_RUNTIME_H */
