#include "match/notes.h"

#include <stdio.h>

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
