/* file.h - what reader, writer and output share about descriptors
 *
 * Positions are explicit (pread, pwrite), so that several users of one descriptor do not disturb each other. Interrupted and partial
 * calls are repeated. Every descriptor is closed on exec and lies above 2, so that a program started with closed standard streams
 * never prints into audio.
 */
#ifndef AM_IO_FILE_H
#define AM_IO_FILE_H

#include <automaster/automaster.h>

/* open(2); -1 with errno set on failure. */
int am_file_open(const char *path, int flags, unsigned mode);

/* Bytes read, fewer than count only at the end of the file; -1 with errno set. */
int64_t am_file_read_at(int fd, void *bytes, size_t count, uint64_t position);
/* true when all was written; else false with errno set. */
bool am_file_write_at(int fd, const void *bytes, size_t count, uint64_t position);
bool am_file_write(int fd, const void *bytes, size_t count);    /* at the descriptor's own position */

/* A new file of mode 0600 in $TMPDIR (or /tmp) that has no name any more; -1 with errno set. */
int am_file_temporary(void);

/* prefix with six random letters in place of its "XXXXXX", created exclusively; name is changed in place. -1 with errno set. */
int am_file_create_unique(char *name, unsigned mode);

#endif
