#include "cli/say.h"

#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* Length of the UTF-8 sequence at s, or 0. */
static size_t sequence(const unsigned char *s)
{
    const size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 :
                          s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return length;
}

/* Controls of a terminal, C1 ones among them, and what is no UTF-8. */
static bool unprintable(const unsigned char *s)
{
    return s[0] < 0x20 || s[0] == 0x7f || sequence(s) == 0 || (s[0] == 0xc2 && s[1] < 0xa0);
}

static void speak(const char *start, const char *format, va_list args)
{
    char text[8192], line[12000];
    size_t used;

    (void)vsnprintf(text, sizeof text, format, args);
    used = (size_t)snprintf(line, sizeof line, "%s", start);
    for (const unsigned char *c = (const unsigned char *)text; *c && used < sizeof line - 20;) {
        const size_t length = unprintable(c) ? 1 : sequence(c);

        if (*c == '\n' && c[1]) {
            used += (size_t)snprintf(line + used, sizeof line - used, "\n%16s", "");
        } else if (*c != '\n') {
            memcpy(line + used, unprintable(c) ? (const unsigned char *)"?" : c, length);
            used += length;
        }
        c += length;
    }
    line[used++] = '\n';
    (void)fwrite(line, 1, used, stderr);
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    speak("automaster: ", format, args);
    va_end(args);
}

void remark(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    speak("", format, args);
    va_end(args);
}

int say_failure(am_status status, const am_error *err)
{
    if (signal_caught())
        return signal_exit_code();
    say("%s", err->message[0] ? err->message : am_status_text(status));
    return status == AM_ERR_NOMEM || status == AM_ERR_NOSPACE ? TEMPORARY : FAILED;
}

static int badness(int code)
{
    switch (code) {
    case DONE: return 0;
    case GATE_FAILED: return 1;
    case TEMPORARY: return 2;
    case FAILED: return 3;
    default: return 4;              /* usage, signals */
    }
}

int worse(int a, int b)
{
    return badness(b) > badness(a) ? b : a;
}

void json_string(FILE *to, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    (void)fputc('"', to);
    while (*s) {
        const size_t length = sequence(s);

        if (length == 0)
            (void)fputs("\\ufffd", to);
        else if (*s == '"' || *s == '\\')
            (void)fprintf(to, "\\%c", *s);
        else if (*s < 0x20 || *s == 0x7f)
            (void)fprintf(to, "\\u%04x", *s);
        else
            (void)fwrite(s, 1, length, to);
        s += length ? length : 1;
    }
    (void)fputc('"', to);
}

void json_line(FILE *to, const char *json)
{
    bool quoted = false;

    for (const char *c = json; *c; c++) {
        if (!quoted && strchr(" \t\r\n", *c))
            continue;
        if (*c == '"')
            quoted = !quoted;
        (void)fputc(*c, to);
        if (quoted && *c == '\\' && c[1])
            (void)fputc(*++c, to);
    }
    (void)fputc('\n', to);
}

static int output_errno;            /* why the first flush that failed did */

void flush_output(FILE *to)
{
    if (fflush(to) != 0 && !output_errno)
        output_errno = errno;
}

int finish_output(int code)
{
    flush_output(stdout);
    if (!ferror(stdout) && fclose(stdout) == 0)
        return code;
    say("standard output: %s", strerror(output_errno ? output_errno : EIO));
    return code == DONE || code == GATE_FAILED ? FAILED : code;
}

bool output_open(void)
{
    if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) != O_RDONLY)
        return true;
    say("standard output is closed");
    return false;
}
