#include "match/notes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void am_note_add(am_report *report, am_stage stage, const char *kind, double value, const char *format, ...)
{
    am_note *note;
    va_list arguments;

    if (report->note_count >= AM_MAX_NOTES)
        return;
    note = &report->notes[report->note_count++];
    *note = (am_note){ .stage = stage, .time_s = NAN, .value = value };
    (void)snprintf(note->kind, sizeof note->kind, "%s", kind);
    va_start(arguments, format);
    (void)vsnprintf(note->text, sizeof note->text, format, arguments);
    va_end(arguments);
}

void am_note_clear(am_report *report, am_stage stage)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < report->note_count; i++)
        if (report->notes[i].stage != stage)
            report->notes[kept++] = report->notes[i];
    report->note_count = kept;
}

const char *am_note_hz(double hz, char text[16])
{
    if (hz < 1000.0)
        (void)snprintf(text, 16, "%.0f Hz", hz);
    else
        (void)snprintf(text, 16, "%.3g kHz", hz / 1000.0);
    return text;
}
