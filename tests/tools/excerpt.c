/* excerpt.c - the first seconds of a file as WAV, from its beginning again where it ends
 *
 *   excerpt IN OUT.wav SECONDS BITS       BITS: 16, 24 or 32 (float)
 */
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 4096 };

static int copy(SNDFILE *in, SNDFILE *out, sf_count_t frames)
{
    static float block[BLOCK * 8];
    while (frames > 0) {
        const sf_count_t got = sf_readf_float(in, block, frames < BLOCK ? frames : BLOCK);
        if (got <= 0) {
            if (sf_seek(in, 0, SEEK_SET) != 0 || sf_readf_float(in, block, 1) != 1 || sf_seek(in, 0, SEEK_SET) != 0)
                return 1;
            continue;
        }
        if (sf_writef_float(out, block, got) != got)
            return 1;
        frames -= got;
    }
    return 0;
}

int main(int argc, char **argv)
{
    SF_INFO info = { 0 };
    if (argc != 5) {
        fprintf(stderr, "usage: excerpt IN OUT.wav SECONDS BITS\n");
        return 2;
    }
    SNDFILE *in = sf_open(argv[1], SFM_READ, &info);
    if (!in || info.channels > 8) {
        fprintf(stderr, "excerpt: %s: %s\n", argv[1], sf_strerror(in));
        return 1;
    }
    const long bits = strtol(argv[4], NULL, 10);
    info.format = SF_FORMAT_WAV | (bits == 16 ? SF_FORMAT_PCM_16 : bits == 24 ? SF_FORMAT_PCM_24 : SF_FORMAT_FLOAT);
    SNDFILE *out = sf_open(argv[2], SFM_WRITE, &info);
    if (!out) {
        fprintf(stderr, "excerpt: %s: %s\n", argv[2], sf_strerror(out));
        return 1;
    }
    sf_command(out, SFC_SET_CLIPPING, NULL, SF_TRUE);
    const int status = copy(in, out, (sf_count_t)(strtod(argv[3], NULL) * info.samplerate));
    sf_close(in);
    return sf_close(out) || status ? 1 : 0;
}
