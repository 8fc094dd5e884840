/* files.h - names, small files read and written whole */
#ifndef AM_CLI_FILES_H
#define AM_CLI_FILES_H

#include <automaster/automaster.h>

enum { PATH_SIZE = 4352 };

/* Everything in path ("-": standard input) up to a size no report reaches, NUL-terminated, for free(). */
am_status file_read(const char *path, char **bytes, size_t *length, am_error *err);

/* Write text as path: beside it under a hidden name, then in its place. Without overwrite, a file there is AM_ERR_EXISTS. */
am_status file_write(const char *path, const char *text, bool overwrite, am_error *err);
/* The same with any bytes; "-" is standard output. */
am_status file_write_bytes(const char *path, const void *bytes, size_t count, bool overwrite, am_error *err);

bool file_exists(const char *path);     /* a link to nothing counts */
bool file_is_folder(const char *path);
am_status folder_make(const char *path, am_error *err);     /* if it is not there; its parent has to be */
bool file_same(const char *a, const char *b);   /* device and inode, through links */

/* What the library opens for a file given: "-" is standard input. */
const char *name_source(const char *given);
/* The part of path after the last slash. */
const char *name_base(const char *path);
/* The suffix of path with its dot, "" if there is none. A leading dot is none. */
const char *name_suffix(const char *path);
/* A suffix by which folders are searched; one that a master can have. */
bool suffix_is_audio(const char *suffix);
bool suffix_is_writable(const char *suffix);
bool suffix_is_lossy(const char *suffix);

/* Where the master of input goes when output (NULL: not given) says nothing or names a folder: {stem}_master, with the suffix of
 * the input if that can be written without loss at bits, else .wav. out has PATH_SIZE bytes. */
am_status name_output(const char *input, const char *output, unsigned bits, bool several, char *out, am_error *err);
/* path with its suffix replaced by .json, or by another one with its dot. */
am_status name_report(const char *path, char *out, am_error *err);
am_status name_beside(const char *path, const char *suffix, char *out, am_error *err);

/* Files and folders into files: folders recursively, sorted, audio suffixes and no hidden names. For free() with list_free. */
typedef struct file_list {
    char **paths;
    size_t count, room;
    bool from_folder;               /* one of the arguments was a folder */
    int code;                       /* exit code of what could not be searched */
} file_list;
am_status list_files(const char *const *arguments, size_t count, file_list *out, am_error *err);
void list_free(file_list *list);

#endif
