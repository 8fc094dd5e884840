/* fuzz_page.c - any bytes as a report: refused with a reason, or a page in which the bytes make no markup, and a picture */
#include <automaster/automaster.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/lineage.h"
#include "report/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef struct buffer {
    char *text;
    size_t count;
} buffer;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static am_status collect(void *context, const void *bytes, size_t count, am_error *err)
{
    buffer *b = context;
    char *text = realloc(b->text, b->count + count + 1);

    (void)err;
    require(text != NULL);
    memcpy(text + b->count, bytes, count);
    b->text = text;
    b->count += count;
    text[b->count] = '\0';
    return AM_OK;
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

/* What a page of a comparison reads of a report: nothing, with a reason, or something that can be voted on. */
static void trace_back(const uint8_t *bytes, size_t size)
{
    am_lineage found;

    am_lineage_of_report((const char *)bytes, size, "report.json", "", &found);
    require(found.known ? strlen(found.song) == 64 && strlen(found.aim) == 64 : found.why[0] != '\0');
    for (int i = 0; found.known && i < AM_LINEAGE_AMOUNTS; i++)
        require(found.amounts[i] >= 0.0 && found.amounts[i] <= 1.5);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    am_error err = { 0 };
    char *svg = NULL;

    trace_back(bytes, size);
    for (int kind = AM_PAGE_REPORT; kind <= AM_PAGE_COMPARISON; kind++) {
        const am_page page = { .kind = (am_page_kind)kind, .json = (const char *)bytes, .json_length = size };
        const size_t scripts = kind == AM_PAGE_REPORT ? 7 : 6;
        buffer b = { 0 };

        if (am_page_write(&page, NULL, collect, &b, &err) == AM_OK) {
            require(strlen(b.text) == b.count);
            require(occurrences(b.text, "<script") == scripts && occurrences(b.text, "</script>") == scripts);
        } else {
            require(b.count == 0 && err.message[0]);
        }
        free(b.text);
    }
    if (am_report_chart_svg((const char *)bytes, size, NULL, &svg, &err) == AM_OK) {
        require(occurrences(svg, "<svg") == 1 && !strstr(svg, "nan") && !strstr(svg, "inf"));
        am_release(NULL, svg);
    }
    return 0;
}
