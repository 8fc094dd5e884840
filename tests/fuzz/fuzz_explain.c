/* fuzz_explain.c - any bytes as a report: refused with a reason, or explained in harmless lines of bounded width */
#include <automaster/automaster.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "report/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_line(const char *text, size_t length)
{
    char *line = strndup(text, length);

    require(line && am_text_width(line) <= AM_TEXT_COLUMNS);
    for (size_t at = 0; at < length;) {
        const size_t bytes = am_utf8_sequence(line + at, length - at);

        require(bytes > 0 && (unsigned char)line[at] >= 0x20);
        at += bytes;
    }
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = NULL;
    am_error err = { 0 };

    if (am_explain_json((const char *)bytes, size, NULL, &text, &err)) {
        require(err.status && err.message[0]);
        return 0;
    }
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        check_line(line, strcspn(line, "\n"));
    am_release(NULL, text);
    return 0;
}
