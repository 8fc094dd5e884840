#include "base/number.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIGITS = 17, MAX_PLAIN_EXPONENT = 16, MIN_PLAIN_EXPONENT = -5 };

typedef struct digits {             /* 0.d1 d2 d3 ... * 10^(exponent + 1) */
    char text[MAX_DIGITS + 1];
    int count, exponent;
} digits;

/* Taken from printf's %e, whatever the locale puts between the digits. Returns whether the text read back to value. */
static bool find_digits(double value, int count, digits *out)
{
    char text[64];
    const char *from = text, *e;

    (void)snprintf(text, sizeof text, "%.*e", count - 1, value);
    e = strchr(text, 'e');
    out->count = 0;
    for (; from < e; from++)
        if (*from >= '0' && *from <= '9' && out->count < MAX_DIGITS)
            out->text[out->count++] = *from;
    out->exponent = (int)strtol(e + 1, NULL, 10);
    while (out->count > 1 && out->text[out->count - 1] == '0')
        out->count--;
    out->text[out->count] = '\0';
    return strtod(text, NULL) == value;
}

static void write_plain(const digits *d, char *out)
{
    const int whole = d->exponent + 1;

    if (whole <= 0) {
        (void)snprintf(out, AM_NUMBER_TEXT - 1, "0.%.*s%s", -whole, "00000000", d->text);
        return;
    }
    for (int i = 0; i < whole; i++)
        *out++ = i < d->count ? d->text[i] : '0';
    if (d->count > whole)
        *out++ = '.';
    for (int i = whole; i < d->count; i++)
        *out++ = d->text[i];
    *out = '\0';
}

const char *am_number_exact(double value, char text[AM_NUMBER_TEXT])
{
    digits d;
    char *out = text;

    if (!isfinite(value))
        return strcpy(text, "-");
    if (signbit(value))
        *out++ = '-';
    for (int count = 15; count <= MAX_DIGITS; count++)
        if (find_digits(fabs(value), count, &d))
            break;
    if (d.exponent >= MIN_PLAIN_EXPONENT && d.exponent <= MAX_PLAIN_EXPONENT)
        write_plain(&d, out);
    else
        (void)snprintf(out, AM_NUMBER_TEXT - 1, "%c%s%se%d", d.text[0], d.count > 1 ? "." : "", d.text + 1, d.exponent);
    return text;
}

const char *am_number_fixed(double value, int decimals, char text[AM_NUMBER_TEXT])
{
    static const uint64_t scales[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
    uint64_t scale, units;

    assert(decimals >= 0 && decimals <= 6);
    if (!(fabs(value) < 1e9))
        return am_number_exact(value, text);
    scale = scales[decimals];
    units = (uint64_t)round(fabs(value) * (double)scale);
    (void)snprintf(text, AM_NUMBER_TEXT, "%s%" PRIu64, value < 0.0 && units ? "-" : "", units / scale);
    if (decimals) {
        char *end = text + strlen(text);

        (void)snprintf(end, (size_t)(text + AM_NUMBER_TEXT - end), ".%0*" PRIu64, decimals, units % scale);
    }
    return text;
}

const char *am_number_short(double value, int decimals, char text[AM_NUMBER_TEXT])
{
    char *end;

    (void)am_number_fixed(value, decimals, text);
    if (!strchr(text, '.') || strchr(text, 'e'))
        return text;
    end = text + strlen(text);
    while (end[-1] == '0')
        end--;
    if (end[-1] == '.')
        end--;
    *end = '\0';
    return text;
}
