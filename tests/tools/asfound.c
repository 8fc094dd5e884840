/* asfound.c - the features of analyze/timbre.h as found, for scripts/train-style: what tables of others hold
 *
 *   asfound FILE...       JSON like that of automaster analyze, only file and style_features; files that have none are left out
 */
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyze/stylist.h"

enum { BLOCK = 4096, CHANNELS = 2 };

static bool measure(SNDFILE *in, const SF_INFO *info, double features[AM_STYLE_FEATURES])
{
    static float block[BLOCK * CHANNELS], left[BLOCK], right[BLOCK];
    am_stylist stylist;
    am_status status = am_stylist_open(&stylist, (uint32_t)info->samplerate, NULL, NULL);
    bool measured = false;
    sf_count_t got;

    stylist.as_found = true;
    while (!status && (got = sf_readf_float(in, block, BLOCK)) > 0) {
        for (sf_count_t i = 0; i < got; i++) {
            left[i] = block[i * info->channels];
            right[i] = block[i * info->channels + info->channels - 1];
        }
        status = am_stylist_push(&stylist, left, right, (size_t)got, NULL);
    }
    if (!status)
        status = am_stylist_finish(&stylist, features, &measured, NULL);
    am_stylist_close(&stylist);
    return !status && measured;
}

int main(int argc, char **argv)
{
    const char *between = "";
    printf("[");
    for (int i = 1; i < argc; i++) {
        SF_INFO info = { 0 };
        SNDFILE *in = sf_open(argv[i], SFM_READ, &info);
        double features[AM_STYLE_FEATURES];

        if (in && info.channels <= CHANNELS && info.samplerate >= AM_TIMBRE_RATE_HZ && measure(in, &info, features)) {
            printf("%s\n{\"file\": \"%s\", \"style_features\": [", between, argv[i]);
            for (int k = 0; k < AM_STYLE_FEATURES; k++)
                printf("%s%.7g", k ? ", " : "", features[k]);
            printf("]}");
            between = ",";
        }
        sf_close(in);
    }
    printf("\n]\n");
    return 0;
}
