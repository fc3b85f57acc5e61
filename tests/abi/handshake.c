/* Plugins that are wrong in one way each, chosen by a macro. */
#include <consort/runtime.h>
#include <stdlib.h>
#include <string.h>

#ifndef MINOR_NEEDED
#define MINOR_NEEDED 0
#endif
#ifndef MINOR_BUILT
#define MINOR_BUILT 0
#endif
#ifndef MAJOR
#define MAJOR CONSORT_ABI_MAJOR
#endif
#ifndef DESCRIPTOR_SIZE
#define DESCRIPTOR_SIZE sizeof(struct large_descriptor)
#endif
#ifndef ENTRY_SIZE
#define ENTRY_SIZE sizeof(struct large_entry)
#endif
#ifndef ENTRY
#define ENTRY consort_runtime_entry_v1
#endif

/* As newer minors may have them: longer. */
struct large_descriptor {
  consort_descriptor known;
  void* later[4];
};
struct large_entry {
  consort_entry known;
  void* later[4];
};

#ifdef EXTRA_EXPORT
CONSORT_EXPORT int stray_symbol = 1;
CONSORT_EXPORT int another_stray(void) { return stray_symbol; }
#endif
#ifdef UNRESOLVED
extern int function_that_nobody_has(void);
CONSORT_EXPORT int (*volatile unresolved_reference)(void) = function_that_nobody_has;
#endif
#ifdef NEEDS_LIBRARY
extern int missing_library_function(void);
int (*volatile needed_reference)(void) = missing_library_function;
#endif

static const consort_descriptor* descriptor(void) {
  static const char* const features[] = {NULL};
  static struct large_descriptor own;
  own.known.size = DESCRIPTOR_SIZE;
  own.known.minor_needed = MINOR_NEEDED;
  own.known.minor_built = MINOR_BUILT;
  own.known.runtime = "handshake";
  own.known.version = "1.0";
  own.known.features = features;
  return &own.known;
}

static void destroy(consort_runtime* runtime) { free(runtime->self); }

#ifndef INCOMPLETE
static int32_t init(consort_runtime* r, const char* config, char* message, size_t size) {
  (void)r, (void)config, (void)message, (void)size;
  return CONSORT_OK;
}
static void task_op(consort_runtime* r, uint64_t op, const consort_task* task) {
  (void)r, (void)op, (void)task;
}
static void attach(consort_runtime* r, uint64_t op, const consort_task* task, const char* handle) {
  (void)r, (void)op, (void)task, (void)handle;
}
static void stop(consort_runtime* r, uint64_t op, const char* i, const char* s, uint64_t grace) {
  (void)r, (void)op, (void)i, (void)s, (void)grace;
}
static void inspect(consort_runtime* r, uint64_t op, const char* instance) {
  (void)r, (void)op, (void)instance;
}
static void remove_instance(consort_runtime* r, uint64_t op, const char* instance, uint32_t how) {
  (void)r, (void)op, (void)instance, (void)how;
}
#endif

static consort_runtime* create(const consort_host* host) {
  (void)host;
#ifdef NO_RUNTIME
  return NULL;
#else
  consort_runtime* r = calloc(1, sizeof *r);
  r->size = sizeof *r;
  r->self = r;
  r->destroy = destroy;
#ifndef INCOMPLETE
  r->init = init;
  r->start = task_op;
  r->attach = attach;
  r->stop = stop;
  r->inspect = inspect;
  r->remove = remove_instance;
#endif
  return r;
#endif
}

CONSORT_EXPORT const consort_entry* ENTRY(void);
const consort_entry* ENTRY(void) {
  static struct large_entry entry;
  entry.known.size = ENTRY_SIZE;
  entry.known.abi_major = MAJOR;
  entry.known.descriptor = descriptor;
  entry.known.create = create;
  return &entry.known;
}
