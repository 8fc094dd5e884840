/* scratch.h - a directory of its own for a test, and small files in it
 *
 * Failures end the program with a message: a test that cannot set itself up has nothing to say.
 */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

const char *scratch_open(void);                             /* make the directory; its path */
void scratch_close(void);                                   /* remove it and all that is in it */
/* The same as set-up and tear-down of a cmocka test */
int scratch_setup(void **state);
int scratch_teardown(void **state);
const char *scratch_path(const char *name);                 /* a path in it; the last eight results stay valid */
void scratch_write(const char *name, const void *bytes, size_t count);
/* The bytes of a file, to be freed; NULL when it is not there. */
uint8_t *scratch_read(const char *path, size_t *count);
size_t scratch_count(void);                                 /* entries in the directory, hidden ones included */

#endif
