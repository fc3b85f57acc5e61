/* A runtime in C alone, in memory: an instance "runs" until it is stopped. Knows no SDK but the
 * header. Its argv says how it ends: {"exit", "CODE"} ends as soon as it has started,
 * {"forget"} never completes its start. */
#include <consort/runtime.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INSTANCES 64

struct state {
  consort_runtime table;
  const consort_host* host;
  char running[MAX_INSTANCES][128];
};

static struct state* of(consort_runtime* runtime) { return (struct state*)runtime->self; }

static char* find(struct state* s, const char* instance) {
  for (int i = 0; i < MAX_INSTANCES; ++i) {
    if (strcmp(s->running[i], instance) == 0) return s->running[i];
  }
  return NULL;
}

static void complete(struct state* s, uint64_t op, int32_t status, const char* message) {
  consort_result result;
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  result.status = status;
  result.message = message;
  s->host->complete(s->host, op, &result);
}

static void report_exit(struct state* s, const char* instance, int code) {
  consort_exit ended;
  memset(&ended, 0, sizeof ended);
  ended.size = sizeof ended;
  ended.known = 1;
  ended.code = code;
  s->host->exited(s->host, instance, &ended);
}

static int32_t init(consort_runtime* r, const char* config, char* message, size_t size) {
  (void)config;
  (void)message;
  (void)size;
  of(r)->host->health(of(r)->host, CONSORT_OK, "");
  return CONSORT_OK;
}

static void start(consort_runtime* r, uint64_t op, const consort_task* task) {
  struct state* s = of(r);
  if (task->argv[0] != NULL && strcmp(task->argv[0], "forget") == 0) return;
  char* slot = find(s, task->instance);
  if (slot == NULL) slot = find(s, "");
  if (slot == NULL || strlen(task->instance) >= sizeof s->running[0]) {
    complete(s, op, CONSORT_E_FAILED, "cannot start it: no room");
    return;
  }
  strcpy(slot, task->instance);
  consort_result result;
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  result.handle = task->instance;
  result.pid = 4711;
  s->host->complete(s->host, op, &result);
  if (task->argv[0] != NULL && strcmp(task->argv[0], "exit") == 0) {
    slot[0] = '\0';
    report_exit(s, task->instance, atoi(task->argv[1]));
  }
}

static void stop(consort_runtime* r, uint64_t op, const char* instance, const char* signal,
                 uint64_t grace_ms) {
  (void)signal;
  (void)grace_ms;
  struct state* s = of(r);
  char* slot = instance[0] != '\0' ? find(s, instance) : NULL;
  if (slot != NULL) {
    report_exit(s, instance, 0);
    slot[0] = '\0';
  }
  complete(s, op, CONSORT_OK, NULL);
}

static void inspect(consort_runtime* r, uint64_t op, const char* instance) {
  consort_result result;
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  result.state = find(of(r), instance) ? CONSORT_INSTANCE_RUNNING : CONSORT_INSTANCE_GONE;
  of(r)->host->complete(of(r)->host, op, &result);
}

static void attach(consort_runtime* r, uint64_t op, const consort_task* task, const char* handle) {
  (void)handle;
  inspect(r, op, task->instance);
}

static void remove_instance(consort_runtime* r, uint64_t op, const char* instance, uint32_t how) {
  if ((how & CONSORT_REMOVE_RUNNING) != 0) {
    stop(r, op, instance, NULL, 0);
  } else if (find(of(r), instance)) {
    complete(of(r), op, CONSORT_E_FAILED, "cannot remove it: it runs");
  } else {
    complete(of(r), op, CONSORT_OK, NULL);
  }
}

static const void* get_extension(consort_runtime* r, const char* id) {
  (void)r;
  (void)id;
  return NULL;
}

static void destroy(consort_runtime* r) { free(of(r)); }

static consort_runtime* create(const consort_host* host) {
  struct state* s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->host = host;
  s->table.size = sizeof s->table;
  s->table.self = s;
  s->table.init = init;
  s->table.start = start;
  s->table.attach = attach;
  s->table.stop = stop;
  s->table.inspect = inspect;
  s->table.remove = remove_instance;
  s->table.get_extension = get_extension;
  s->table.destroy = destroy;
  return &s->table;
}

static const consort_descriptor* descriptor(void) {
  static const char* const features[] = {CONSORT_EXT_SIGNAL, NULL}; /* without a table */
  static const consort_descriptor own = {
      sizeof(consort_descriptor), 0, CONSORT_ABI_MINOR, "plainc", "1.0", features};
  return &own;
}

const consort_entry* consort_runtime_entry_v1(void) {
  static const consort_entry entry = {sizeof(consort_entry), CONSORT_ABI_MAJOR, descriptor, create};
  return &entry;
}
