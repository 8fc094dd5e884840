#include "base/note.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

const char *const am_band_words[AM_REGIONS] = { "up to 120 Hz", "from 120 Hz to 1 kHz", "from 1 kHz to 6 kHz", "above 6 kHz" };

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
