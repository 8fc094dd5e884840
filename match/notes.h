/* notes.h - telling the person */
#ifndef AM_MATCH_NOTES_H
#define AM_MATCH_NOTES_H

#include <automaster/automaster.h>

/* Add one note about the whole file; value NaN: none. When the report is full the note is lost. */
void am_note_add(am_report *report, am_stage stage, const char *kind, double value, const char *format, ...) AM_PRINTF(5, 6);

/* Take out the notes of a stage. */
void am_note_clear(am_report *report, am_stage stage);

/* "80 Hz", "3.2 kHz" */
const char *am_note_hz(double hz, char text[16]);

#endif
