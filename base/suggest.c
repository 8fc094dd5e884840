/* suggest.c - am_suggest of automaster.h */
#include <automaster/automaster.h>

#include <string.h>

enum { WORD = 32 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment); words shorter than WORD. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned d[WORD + 1][WORD + 1];

    for (unsigned i = 0; i <= a_length; i++) {
        for (unsigned j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = least(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]), least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a_length][b_length];
}

bool am_suggest(const char *name, const char *words, char *out, size_t size)
{
    const size_t length = name ? strlen(name) : 0;
    unsigned best = 1 + (unsigned)length / 3;   /* slips allowed: one in three letters */
    bool found = false;

    if (length < 2 || length > WORD || !words || !out)
        return false;
    for (const char *word = words; *word;) {
        const size_t word_length = strcspn(word, " ");
        const unsigned d = word_length <= WORD ? distance(name, length, word, word_length) : WORD;

        if (d <= best && word_length < size && d < word_length) {
            memcpy(out, word, word_length);
            out[word_length] = '\0';
            best = d - (d > 0);
            found = true;
        }
        word += word_length + strspn(word + word_length, " ");
    }
    return found;
}
