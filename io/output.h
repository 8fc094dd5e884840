/* output.h - a file that appears whole or not at all
 *
 * Written under a hidden temporary name in the directory of its target, flushed to the disk, then renamed.
 */
#ifndef AM_IO_OUTPUT_H
#define AM_IO_OUTPUT_H

#include <automaster/automaster.h>

typedef struct am_output am_output;

/* path: the final name; "-": standard output, which gets the bytes at commit.
 * overwrite false: AM_ERR_EXISTS if path is there. path naming the same file (device and inode, through links) as one of inputs is
 * AM_ERR_EXISTS always; a directory or a missing directory is an error that says so. A symbolic link is followed, and what it points
 * to is replaced; a device or pipe is refused. */
am_status am_output_open(const char *path, bool overwrite, const char *const *inputs, size_t input_count,
                         const am_allocator *allocator, am_output **out, am_error *err);
const char *am_output_temporary(const am_output *output);   /* path to write to and to read back from before commit */
int am_output_descriptor(const am_output *output);          /* open for reading and writing, position 0 */
am_status am_output_write(am_output *output, const void *bytes, size_t count, am_error *err);
am_status am_output_sink(void *output, const void *bytes, size_t count, am_error *err);  /* the same, for who knows no am_output */
am_status am_output_commit(am_output *output, am_error *err);   /* fsync, rename (refusing again if something came and !overwrite) */
void am_output_close(am_output *output);                    /* without commit: the temporary is removed; NULL is fine */

#endif
