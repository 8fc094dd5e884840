/* say.h - talking: messages on standard error, JSON strings, exit codes */
#ifndef AM_CLI_SAY_H
#define AM_CLI_SAY_H

#include <automaster/automaster.h>
#include <stdio.h>

/* The contract with scripts. */
enum { DONE = 0, FAILED = 1, USAGE = 2, GATE_FAILED = 3, TEMPORARY = 75 };

/* "automaster: ..." on standard error. Further lines of the text are indented; control characters of file names become '?'. */
void say(const char *format, ...) AM_PRINTF(1, 2);
/* The same without "automaster: ", for remarks. */
void remark(const char *format, ...) AM_PRINTF(1, 2);

/* Say why a library call failed, and the exit code of it. Nothing is said when a signal is the reason. */
int say_failure(am_status status, const am_error *err);

/* The worse of two exit codes of independent files. */
int worse(int a, int b);

/* text as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void json_string(FILE *to, const char *text);

/* Print a JSON document on one line: white space between its tokens left out. */
void json_line(FILE *to, const char *json);

/* Hand on what is printed so far. An error is remembered for finish_output. */
void flush_output(FILE *to);

/* Flush and close standard output; DONE, or FAILED after saying why. A closed or full output is an error. */
int finish_output(int code);
/* False, after saying so, when standard output was closed from the start. */
bool output_open(void);

#endif
