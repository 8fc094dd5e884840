/* example.c - measure a song and a reference, master the one to the other:  cc example.c $(pkg-config --cflags --libs automaster) */
#include <automaster/automaster.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    am_analysis *heard = malloc(2 * sizeof *heard);
    am_report *report = malloc(sizeof *report);
    am_options options;
    am_error err;
    if (argc != 4 || !heard || !report)
        return 2;
    AM_OPTIONS_INIT(&options);
    for (int i = 0; i < 2; i++) {
        if (am_analyze_file(argv[i + 1], &options, &heard[i], NULL, &err))
            goto failed;
        printf("%-20s %6.1f LUFS  %5.1f dBTP  %4.1f LU\n", argv[i + 1], heard[i].loudness.integrated_lufs,
               heard[i].peak.true_peak_dbtp, heard[i].loudness.range_lu);
    }
    options.references = &(am_reference){ .path = argv[2], .weight = 1.0 };
    options.reference_count = 1;
    if (am_master_file(argv[1], argv[3], &options, report, &err))
        goto failed;
    printf("%-20s %6.1f LUFS  %5.1f dBTP  %4.1f LU  %s\n", argv[3], report->after.loudness.integrated_lufs,
           report->after.peak.true_peak_dbtp, report->after.loudness.range_lu, am_report_passed(report) ? "PASS" : "FAIL");
    free(heard);
    free(report);
    return 0;
failed:
    fprintf(stderr, "%s\n", err.message);
    return 1;
}
