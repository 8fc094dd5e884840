#include "base/json_scan.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_NUMBER = 63 };

typedef struct scan {
    const char *at, *end;
    const char *fault;              /* the first; at stays there */
    int depth;
} scan;

static bool scan_value(scan *s);

static bool refuse(scan *s, const char *what)
{
    if (!s->fault)
        s->fault = what;
    return false;
}

static int peek(const scan *s) { return s->at < s->end ? (unsigned char)*s->at : -1; }
static bool is_digit(int c) { return c >= '0' && c <= '9'; }

static bool take(scan *s, char c)
{
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

static void skip_space(scan *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
        s->at++;
}

static bool scan_digits(scan *s)
{
    if (!is_digit(peek(s)))
        return refuse(s, "a digit is missing in a number");
    while (is_digit(peek(s)))
        s->at++;
    return true;
}

static bool scan_number(scan *s)
{
    const char *start = s->at;

    (void)take(s, '-');
    if (take(s, '0')) {
        if (is_digit(peek(s)))
            return refuse(s, "a number with a leading zero");
    } else if (!scan_digits(s)) {
        return false;
    }
    if (take(s, '.') && !scan_digits(s))
        return false;
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+'))
            (void)take(s, '-');
        if (!scan_digits(s))
            return false;
    }
    return s->at - start <= MAX_NUMBER || refuse(s, "a number of more than 63 characters");
}

static int scan_hex4(scan *s)
{
    int value = 0;

    for (int i = 0; i < 4; i++, s->at++) {
        const int c = peek(s);
        const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

        if (digit < 0) {
            (void)refuse(s, "\\u without four hexadecimal digits");
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static bool scan_unicode_escape(scan *s)
{
    const int high = scan_hex4(s);
    int low;

    if (high < 0)
        return false;
    if (high == 0)
        return refuse(s, "\\u0000 in a string");
    if (high < 0xD800 || high > 0xDFFF)
        return true;
    if (high > 0xDBFF || !take(s, '\\') || !take(s, 'u'))
        return refuse(s, "half of a surrogate pair");
    low = scan_hex4(s);
    return low >= 0 && ((low >= 0xDC00 && low <= 0xDFFF) || refuse(s, "half of a surrogate pair"));
}

static bool scan_escape(scan *s)
{
    const int c = peek(s);

    if (c <= 0 || !strchr("\"\\/bfnrtu", c))
        return refuse(s, "an unknown escape in a string");
    s->at++;
    return c != 'u' || scan_unicode_escape(s);
}

static bool scan_string(scan *s)
{
    if (!take(s, '"'))
        return refuse(s, "a string in double quotes is missing");
    for (;;) {
        const int c = peek(s);
        size_t bytes;

        if (c < 0)
            return refuse(s, "a string without end");
        if (c < 0x20)
            return refuse(s, "a raw control character in a string");
        if (take(s, '"'))
            return true;
        if (take(s, '\\')) {
            if (!scan_escape(s))
                return false;
            continue;
        }
        bytes = am_utf8_sequence(s->at, (size_t)(s->end - s->at));
        if (!bytes)
            return refuse(s, "bytes that are not UTF-8");
        s->at += bytes;
    }
}

static bool scan_member(scan *s)
{
    if (!scan_string(s))
        return false;
    skip_space(s);
    return (take(s, ':') || refuse(s, "':' is missing after a name")) && scan_value(s);
}

/* Behind the opening bracket */
static bool scan_items(scan *s, char close)
{
    if (++s->depth > AM_JSON_DEPTH)
        return refuse(s, "more than 64 levels of nesting");
    skip_space(s);
    if (!take(s, close)) {
        do {
            skip_space(s);
            if (!(close == '}' ? scan_member(s) : scan_value(s)))
                return false;
            skip_space(s);
        } while (take(s, ','));
        if (!take(s, close))
            return refuse(s, close == '}' ? "',' or '}' is missing" : "',' or ']' is missing");
    }
    s->depth--;
    return true;
}

static bool scan_literal(scan *s)
{
    static const char *const literals[] = { "true", "false", "null" };

    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        const size_t length = strlen(literals[i]);

        if ((size_t)(s->end - s->at) >= length && memcmp(s->at, literals[i], length) == 0) {
            s->at += length;
            return true;
        }
    }
    return refuse(s, s->at < s->end ? "not a JSON value" : "the document ends too early");
}

static bool scan_value(scan *s)
{
    skip_space(s);
    if (take(s, '{'))
        return scan_items(s, '}');
    if (take(s, '['))
        return scan_items(s, ']');
    if (peek(s) == '"')
        return scan_string(s);
    if (peek(s) == '-' || is_digit(peek(s)))
        return scan_number(s);
    return scan_literal(s);
}

am_json_fault am_json_scan(const char *bytes, size_t length)
{
    scan s = { .at = bytes, .end = bytes + length };
    am_json_fault fault = { .line = 1, .column = 1 };

    if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        (void)refuse(&s, "a byte order mark; save the file as UTF-8 without one");
    else if (scan_value(&s)) {
        skip_space(&s);
        if (s.at < s.end)
            (void)refuse(&s, "more bytes behind the document");
    }
    for (const char *p = bytes; p < s.at; p++) {
        fault.column = *p == '\n' ? 1 : fault.column + 1;
        fault.line += *p == '\n';
    }
    fault.what = s.fault;
    return fault;
}
