/* chains.h - what each stage of a plan contributes, as a stream
 *
 * The chain is rendered several times side by side, with the stages up to each, and always with the drive; a contribution is the difference
 * of two neighbours. So the input times drive and trim, plus all contributions, is the master before dither.
 */
#ifndef AM_PIPELINE_CHAINS_H
#define AM_PIPELINE_CHAINS_H

#include <automaster/automaster.h>

typedef enum am_contribution {
    AM_CONTRIBUTION_TONE, AM_CONTRIBUTION_WIDTH, AM_CONTRIBUTION_COMPRESSOR, AM_CONTRIBUTION_LIMITER, AM_CONTRIBUTION_COUNT
} am_contribution;
extern const char *const am_contribution_words[AM_CONTRIBUTION_COUNT];     /* "tone", ...: the constant offset is taken off with the tone */

/* Is the stage on in this plan? */
bool am_contributes(const am_plan *plan, am_contribution contribution);

typedef struct am_chains am_chains;

/* format: of what is pushed; what comes out has the plan's rate. */
am_status am_chains_open(const am_format *format, const am_plan *plan, const am_options *options, am_chains **out, am_error *err);
am_status am_chains_push(am_chains *chains, const float *const *channels, size_t frames, am_error *err);
am_status am_chains_finish(am_chains *chains, am_error *err);
/* The next *given frames, 0 when there are none yet or no more. */
am_status am_chains_pull(am_chains *chains, size_t *given, am_error *err);
/* What was pulled last: the input at the plan's rate and otherwise untouched; a contribution, NULL for a stage that is off. */
float *const *am_chains_dry(const am_chains *chains);
float *const *am_chains_part(const am_chains *chains, am_contribution contribution);
void am_chains_close(am_chains *chains);                    /* NULL is fine */

#endif
