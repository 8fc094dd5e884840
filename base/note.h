/* note.h - telling the person something in the report */
#ifndef AM_BASE_NOTE_H
#define AM_BASE_NOTE_H

#include <automaster/automaster.h>

/* Where the bands of am_multiband lie: "up to 120 Hz", ... */
extern const char *const am_band_words[AM_REGIONS];

/* Add one note about the whole file; value NaN: none. When the report is full the note is lost. */
void am_note_add(am_report *report, am_stage stage, const char *kind, double value, const char *format, ...) AM_PRINTF(5, 6);

#endif
