/* fuzz_plan.c - am_plan_from_json and am_explain_json on arbitrary bytes
 *
 * A plan that is read must pass the check, be written, be read again and be written as the same bytes; an explanation is valid UTF-8 in
 * lines of bounded width.
 */
#include <stdlib.h>
#include <string.h>

#include "base/plan_check.h"
#include "base/utf8.h"
#include "report/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void try_plan(const char *bytes, size_t size)
{
    am_plan plan, back;
    char *json = NULL, *again = NULL;
    am_error err = { 0 };

    if (am_plan_from_json(bytes, size, &plan, &err)) {
        require(err.message[0] != '\0' && err.status != AM_OK);
        return;
    }
    require(am_plan_check(&plan, NULL) == AM_OK);
    require(am_plan_to_json(&plan, NULL, &json, NULL) == AM_OK);
    require(am_plan_from_json(json, strlen(json), &back, NULL) == AM_OK);
    require(am_plan_to_json(&back, NULL, &again, NULL) == AM_OK);
    require(strcmp(json, again) == 0);
    am_release(NULL, json);
    am_release(NULL, again);
}

static void check_text(const char *text)
{
    while (*text) {
        const size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);
        size_t at = 0;

        require(line && am_text_width(line) <= AM_TEXT_COLUMNS);
        free(line);
        while (at < length) {
            const size_t bytes = am_utf8_sequence(text + at, length - at);

            require(bytes > 0 && (unsigned char)text[at] >= 0x20);
            at += bytes;
        }
        text += length + (text[length] == '\n');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    char *text = NULL;

    try_plan(bytes, size);
    if (am_explain_json(bytes, size, NULL, &text, NULL) == AM_OK) {
        check_text(text);
        am_release(NULL, text);
    }
    return 0;
}
