/* notes.h - what the solver tells the person */
#ifndef AM_MATCH_NOTES_H
#define AM_MATCH_NOTES_H

#include <automaster/automaster.h>

#include "base/note.h"

/* Take out the notes of a stage. */
void am_note_clear(am_report *report, am_stage stage);

/* "80 Hz", "3.2 kHz" */
const char *am_note_hz(double hz, char text[16]);

#endif
