/* presets.h - what destinations ask for, as data */
#ifndef AM_CLI_PRESETS_H
#define AM_CLI_PRESETS_H

#include "cli/options.h"

typedef struct destination {
    const char *name;
    double loudness_lufs;           /* NaN: none */
    double tolerance_lu;            /* of the loudness as a rule; NaN: what it plays at, so only advice */
    double ceiling_dbtp;
    uint32_t rate_hz, bits;         /* what a master for it gets; 0: as the input */
    uint32_t least_rate_hz, most_rate_hz;   /* what check lets pass; 0: any */
    uint32_t least_bits, most_bits;
    uint32_t least_channels, most_channels; /* 0: any */
    double least_s;
} destination;

const destination *destination_find(const char *name, size_t length);   /* NULL: unknown */
const destination *destination_given(const settings *options);          /* that of --for; NULL: none */

/* The library's options from ours: the command line beats a destination given there, which beats the config file. */
am_status call_prepare(const settings *options, am_options *out, am_error *err);

#endif
