/* lineage.h - what is known of a file that this program mastered: read from the report beside it */
#ifndef AM_PIPELINE_LINEAGE_H
#define AM_PIPELINE_LINEAGE_H

#include <automaster/automaster.h>

enum { AM_LINEAGE_AMOUNTS = 4 };    /* tone, dynamics, width, loudness */

typedef struct am_lineage {
    bool known;
    char why[320];                  /* a clause, when it is not known */
    char song[65];                  /* SHA-256 of the file that was mastered */
    char aim[65];                   /* equal for equal targets */
    char profile[64];               /* "": references, or a blend */
    double amounts[AM_LINEAGE_AMOUNTS];
} am_lineage;

/* Of the file at path, whose bytes have that hash. The report is looked for where master and render leave it: song_master.json beside
 * song_master.wav. Not finding one, or one that says nothing about this file, is no error. Returns AM_OK or AM_ERR_NOMEM. */
am_status am_lineage_read(const char *path, const char *sha256, const am_allocator *allocator, am_lineage *out, am_error *err);

/* The same from the bytes of a report; name tells them apart in why. */
void am_lineage_of_report(const char *bytes, size_t count, const char *name, const char *sha256, am_lineage *out);

/* Whether a listener who prefers one tells how far to go, which a profile can learn from: two masters of one song with one target, or a
 * master and the song itself, which then becomes known as one that went nowhere. Otherwise false and in *why a sentence for people. */
bool am_lineage_comparable(am_lineage pair[2], const char *const names[2], const char *const sha256[2], char *why, size_t room);

#endif
