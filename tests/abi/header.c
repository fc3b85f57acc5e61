/* It would take away the second inclusion, which is what is tested. */
/* clang-format off */
/* The header alone, as every language that it promises: included twice, each macro used. */
#include <consort/runtime.h>
#include <consort/runtime.h>

int covers(const consort_exit *e);
int covers(const consort_exit *e) { return CONSORT_HAS(consort_exit, e, cause); }
unsigned bits(void);
unsigned bits(void) { return CONSORT_READABLE | CONSORT_WRITABLE; }
const char *symbol(void);
const char *symbol(void) { return CONSORT_ENTRY_SYMBOL; }
