/* params.h - every constant of the solver, with its unit and where it comes from
 *
 * Provenance: [cv] cross-validated by known-chain recovery on real masters, albums kept apart: docs/solver.md, scripts/crossvalidate.
 *             [e2e] the same on audio, with the program. [def] a definition or a physical bound.
 *             [set] chosen; the reason stands beside it.
 */
#ifndef AM_MATCH_PARAMS_H
#define AM_MATCH_PARAMS_H

/* ------------------------------------------------------------------ prior: which tone changes are likely
 * A low shelf, a high shelf and bells of random frequency and gain, in closed form for small gains, plus a smooth remainder. */
#define AM_PRIOR_LOW_SHELF_DB 2.8           /* sd of gain [cv] */
#define AM_PRIOR_LOW_SHELF_HZ 60.0, 150.0   /* [set] where mastering shelves sit */
#define AM_PRIOR_HIGH_SHELF_DB 2.8          /* [cv] */
#define AM_PRIOR_HIGH_SHELF_HZ 4000.0, 10000.0  /* [set] */
#define AM_PRIOR_BELL_DB 5.5                /* root sum of squares over all bells [cv] */
#define AM_PRIOR_BELL_HZ 120.0, 8000.0      /* [set] */
#define AM_PRIOR_SMOOTH_DB 0.6              /* squared-exponential remainder [cv] */
#define AM_PRIOR_SMOOTH_OCT 0.5
#define AM_PRIOR_LEVEL_DB 5.0               /* a common offset is gain, not tone: leave it free [set] */

/* Width: a step of the side above a corner, plus a smooth remainder. */
#define AM_PRIOR_WIDTH_STEP_DB 1.3          /* [cv] */
#define AM_PRIOR_WIDTH_CORNER_HZ 200.0      /* [set] basses are kept in the middle */
#define AM_PRIOR_WIDTH_SMOOTH_DB 0.7        /* [cv] */
#define AM_PRIOR_WIDTH_SMOOTH_OCT 1.5       /* [set] */
#define AM_PRIOR_WIDTH_LEVEL_DB 0.3         /* [set] */

/* ------------------------------------------------------------------ doubt: how much two pieces differ without any mastering */
#define AM_DOUBT_KAPPA 20.0                /* covariance of a mean over what sections alone predict: songs change more slowly than 5 s [cv] */
#define AM_DOUBT_SHRINK 2.0                 /* sections' worth of trust in the diagonal alone [cv] */
#define AM_DOUBT_FLOOR_DB2 0.25             /* on every section covariance [cv] */
#define AM_DOUBT_POOL 0.55                  /* share of the covariance pooled over input and reference [cv] */
#define AM_DOUBT_SPARSE 0.22                /* times the squared disagreement of power-mean and mean-power differences [cv] */
#define AM_DOUBT_SPARSE_WIDTH 0.124        /* the same for the width [cv] */
#define AM_DOUBT_SPARSE_OCT 1.0             /* correlation length of that [cv] */
#define AM_DOUBT_SPARSE_SMOOTH_OCT 0.25     /* [set] */
#define AM_DOUBT_POWER_SHARE 0.1            /* of the power LTAS in the difference that is explained [cv] */
#define AM_DOUBT_UNKNOWN_DB 6.0             /* sd of a 5 s section when there are too few to tell [cv: corpus mean] */
#define AM_DOUBT_UNKNOWN_OCT 0.6
#define AM_DOUBT_PROFILE 10.0               /* times the covariance from song to song of a profile: a song is the artist's choice before it is a
                                               fault [cv: masters against profiles without their artist, docs/profiles.md] */
#define AM_DOUBT_BLIND_DB2 1e6              /* variance of a band that says nothing [def] */
#define AM_DOUBT_SECTION_S 5.0              /* [def] analysis.h */

/* Scales that the difference itself decides on: is it more unlike than the sections say (noise), is there any mastering in it (prior)? */
#define AM_SCALE_NOISE_STEPS 9              /* 2^-2 .. 2^6 */
#define AM_SCALE_NOISE_FIRST 0.25
#define AM_SCALE_NOISE_SD 1.1               /* of ln scale [cv] */
#define AM_SCALE_PRIOR_STEPS 4
#define AM_SCALE_PRIOR { 0.1, 0.3, 1.0, 2.0 } /* variance; the last lets references of other songs move more */
#define AM_SCALE_PRIOR_FULL 2
#define AM_SCALE_PRIOR_LOG { -0.6, -0.3, 0.0, -1.2 } /* log weight [cv] */
#define AM_SCALE_EVIDENCE 1.0               /* power of the likelihood [cv] */
#define AM_RESTRAINT 1.0                    /* error, in mean squares, at which a correction of the same size is halved [cv] */
#define AM_SCALE_MODES 6                    /* smooth shapes that the likelihood looks at [cv] */

/* The same for the width alone, ahead of the joint estimate: its differences are more often arrangement than mastering. */
#define AM_SCALE_WIDTH_NOISE { 1.0, 2.0, 4.0, 8.0, 16.0 }
#define AM_SCALE_WIDTH_NOISE_SD 1.1         /* of ln scale [set: that of the tone] */
#define AM_SCALE_WIDTH_PRIOR { 0.05, 0.25, 1.0 }
#define AM_SCALE_WIDTH_PRIOR_LOG { -0.7, -0.35, 0.0 }
#define AM_SCALE_WIDTH_MODES 4              /* a step and three smooth shapes */
#define AM_SCALE_WIDTH_HZ 95.0, 16500.0

/* ------------------------------------------------------------------ passages that input and reference share */
#define AM_SHARED_ALIKE 0.5                 /* cosine of two windows' movements above which they count as the same passage [cv] */
#define AM_SHARED_SURE 0.65                 /* likeness that different songs rarely reach ... */
#define AM_SHARED_CHANCE 0.02               /* ... in more than this part of the mix: seven of eight of 70 pairs of artists have less [cv] */
#define AM_SHARED_NO_CHANCE 0.08            /* one of these 70 had more; four of five songs do in their other half [cv] */
#define AM_SHARED_IN_STEP 0.8               /* one recording: 1 for a master taken apart, far less for its halves [docs/dynamics.md] */
#define AM_SHARED_KIN 0.8                   /* likeness over which two pieces are parts of one song ... */
#define AM_SHARED_KIN_EITHER 0.2            /* ... if spectrum and rhythm each reach this: a tempo alone is chance [docs/dynamics.md] */
#define AM_SHARED_LEAST 10                  /* pairs of windows [set] */
#define AM_SHARED_CLIP_DB 12.0              /* movement of a band that counts at most [cv: 6 is no different] */
#define AM_SHARED_APART_DB2 0.5             /* of two windows that are the same but for where the frames fall [cv] */
#define AM_SHARED_FAR_DB 5.0                /* [set] */
#define AM_SHARED_OVERLAP 4.0               /* windows that one piece of music is counted in [def: 8 frames, every second] */
#define AM_SHARED_TONE_FACTOR 5.5           /* error over standard error at 1 dB ... [cv] */
#define AM_SHARED_TONE_POWER 1.27           /* ... and how it grows [cv] */
#define AM_SHARED_WIDTH_FACTOR 3.0          /* [cv] */
#define AM_SHARED_FLOOR_DB 0.1              /* [set] */
#define AM_SHARED_NEAR_OCT 0.7              /* correlation lengths of the error [cv] */
#define AM_SHARED_WIDE_OCT 1.7
#define AM_SHARED_LEVEL_DB2 4.0             /* [set: any] */
#define AM_SHARED_RIDGE_DB2 1e-4            /* [set] keeps what is left positive definite */

/* ------------------------------------------------------------------ limits of the tone */
#define AM_TONE_OFF_DB 0.1                  /* a curve within this is no curve [set: below what anyone hears] */
#define AM_TONE_RANGE_DB 6.0                /* natural, either way [set: more would be mixing, not mastering] */
#define AM_TONE_RANGE_EXACT_DB 24.0         /* exact, up */
#define AM_TONE_CUT_EXACT_DB 36.0           /* and down: a cut raises no noise; plan.h */
#define AM_TONE_SUB_HZ 35.0                 /* boosts below this cost headroom and move cones */
#define AM_TONE_SUB_BOOST_DB 2.0
#define AM_TONE_AIR_HZ 14000.0
#define AM_TONE_AIR_BOOST_DB 4.0

/* Exact matching: Gauss-Newton steps on what the power spectrum says that a curve will give. */
#define AM_EXACT_ROUNDS 3                   /* of: what caps are relative to, then steps */
#define AM_EXACT_STEPS 30
#define AM_EXACT_EDGE_HZ 6.5                /* of thirds in the bass: what a window of 186 ms, as meters use, sees of our 341 ms [def] */
#define AM_EXACT_STEP_DB 6.0                /* most that one step moves a point of the curve [set] */
#define AM_EXACT_DONE_DB 0.01               /* no point moves by more: done */
#define AM_EXACT_FAR_DB 3.0                 /* a band that lacks more pulls no harder: it may be out of reach [set] */
#define AM_EXACT_PULL 0.03                  /* dB^2 of thirds for each dB^2 between a point of the curve and what is asked of it ... */
#define AM_EXACT_PULL_DB 5.0                /* ... twice as strong this far from it, and growing [docs/solver.md] */
#define AM_EXACT_DAMPING 0.002              /* least ... */
#define AM_EXACT_DAMPING_MOST 100.0         /* ... and most */
#define AM_EXACT_WIDER_DB 1.0               /* most that a band becomes wider than the target where its mid lacks as much [set] */
#define AM_EXACT_MODEL_DB 12.0              /* most that a result may differ from what was predicted of it before it is not believed [set] */
#define AM_TONE_LOW_HZ 24.0                 /* solved between these; outside the filters do what comes */
#define AM_TONE_HIGH_HZ 18500.0
#define AM_LOSSY_SHARE 0.94                 /* of a codec's cut-off: nothing is known above */
/* What music has at least in a third of an octave, mid re LUFS: Hz, dB [the neutral profile of references/]. */
#define AM_EMPTY_USUAL { { 20.0, -43.0 }, { 40.0, -26.5 }, { 60.0, -14.5 }, { 200.0, -14.5 }, { 2500.0, -18.0 }, { 10000.0, -26.0 }, { 20000.0, -34.0 } }
#define AM_EMPTY_BELOW_DB 30.0              /* this far below what music has in a band, it has nothing */
#define AM_EMPTY_SHARE_EXACT 2.0            /* exact: a dB that it has more gives so much more room; what lives is no floor */
#define AM_EMPTY_STEADY_BELOW_DB 15.0       /* a band this much weaker than usual that hardly leaves its floor is noise: */
#define AM_FLOOR_NOISE_DB 30.7              /* mean over 5 % of even noise in frames of 341 ms, at 1 Hz: falls with the square root of Hz [def: 1.645 x 4.34
                                             * dB over the root of 0.309 Hz of band per Hz times 0.176 s of window; measured within 0.1 dB from 50 Hz on] */
#define AM_FLOOR_MOST_DB 6.0                /* in the sub, where noise does as bass notes do [set] */
#define AM_FLOOR_DRIFT_DB 1.5               /* more than that: noise that comes and goes a little [set]; sustained chords leave it by 2.5 dB and more */
#define AM_EMPTY_FADE_OCT 0.5               /* what is held back of a band is held back less and less so far from it [set] */
#define AM_SHORT_S 20.0                     /* gated material below which a warning is due */

/* ------------------------------------------------------------------ limits of the width */
#define AM_WIDTH_OFF_DB 0.1
#define AM_WIDTH_BOOST_DB 4.0               /* natural [set: more is lost in mono] */
#define AM_WIDTH_CUT_DB 6.0
#define AM_WIDTH_BOOST_EXACT_DB 36.0        /* plan.h; together with the tone, too [docs/solver.md] */
#define AM_WIDTH_QUANTISED_DB 10.0          /* exact: a side that is so little over its quantisation noise is not raised [set] */
#define AM_WIDTH_ROUND_OCT 1.0              /* bands so near say together whether the target is narrower there ... */
#define AM_WIDTH_AGAINST_DB 2.0             /* ... which by so much leaves nothing of a boost [docs/solver.md] */
#define AM_WIDTH_GUARD_OCT 0.3333           /* what a guard takes off a band fades out this far from it [set] */
#define AM_WIDTH_LENGTH_MS 10.0             /* of the side filter: what it does more than 1 ms early stays 30 dB down */
#define AM_WIDTH_LENGTH_EXACT_MS 170.0      /* resolves the third-octaves of the bass */
#define AM_WIDTH_SILENT_DBFS (-100.0)       /* a band's side below this is no signal */
#define AM_WIDTH_CUT_EXACT_DB 36.0
#define AM_WIDTH_NEAR_MONO_DB (-25.0)       /* a side below this is noise or codec: never raised */
#define AM_WIDTH_MONO_DB (-40.0)            /* a reference narrower than this is mono with a codec on it */
#define AM_WIDTH_DEAF_DB (-45.0)            /* a band's side below this says nothing */
#define AM_WIDTH_LOW_FIRST_HZ 30.0
#define AM_WIDTH_LOW_HZ 120.0
#define AM_WIDTH_LOW_CUT_DB 12.0            /* there */
#define AM_WIDTH_LOW_EXCESS_DB 3.0          /* over the target before low-end side is taken down for its own sake */
#define AM_WIDTH_LOW_SURE 2.0               /* standard deviations of what two pieces differ in anyway that come off the excess [e2e] */
#define AM_WIDTH_LOW_SIDE_DB (-12.0)        /* and at least this wide: it is taken down to that, not further */
#define AM_CORRELATION_FLOOR 0.0            /* of a band after widening */
#define AM_CORRELATION_LOW 0.5              /* below AM_CORRELATION_LOW_HZ */
#define AM_CORRELATION_LOW_HZ 150.0
#define AM_CORRELATION_WORST 0.1            /* of the worst 3 s */
#define AM_CORRELATION_DROP 0.1             /* or at most this much worse than it was */
#define AM_FOLD_DOWN_DROP_LU 1.0            /* more loudness lost in mono than before */

/* ------------------------------------------------------------------ parametric fit */
#define AM_PEQ_BELLS 8
#define AM_PEQ_LOW_SHELF_HZ 40.0, 300.0
#define AM_PEQ_HIGH_SHELF_HZ 3000.0, 14000.0
#define AM_PEQ_BELL_HZ 30.0, 16000.0
#define AM_PEQ_RATE_SHARE 0.45              /* no centre above this share of the rate */
#define AM_PEQ_Q 0.35, 4.0
#define AM_PEQ_SHELF_Q 0.71
#define AM_PEQ_GAIN_DB 9.0
#define AM_PEQ_RIDGE 0.002                  /* per dB^2 of gain, in units of weighted dB^2 */
#define AM_PEQ_OPPOSED 0.01                 /* per dB^2 of what sections raise times what others lower in the same band [docs/solver.md] */
#define AM_PEQ_LEVEL_RIDGE 0.01             /* per dB^2 of common gain: parts that need nothing stay where they are */
#define AM_PEQ_GOOD_DB 0.15                 /* weighted rms at which no more bells are added */
#define AM_PEQ_SMALL_DB 0.3                 /* bells below this are dropped */
#define AM_PEQ_CEILING_LOW 25.0             /* weight of going over a cap in the bass: it costs headroom */
#define AM_PEQ_CEILING_FIRM 10.0            /* a ceiling of at least this weight is made to hold within ... */
#define AM_PEQ_FIRM_DB 0.1
#define AM_PEQ_FIRM_ROUNDS 6
#define AM_PEQ_CEILING_HIGH 2.0             /* and in the air, where a shelf that bends down for it would cost the bands below [e2e] */

/* ------------------------------------------------------------------ dynamics */
#define AM_DYN_RATIO 3.0                    /* most [set: beyond it transients flatten] */
#define AM_DYN_P50_DB 3.0                   /* most typical reduction [set: gentle; the bounds of docs/dynamics.md] */
#define AM_DYN_P99_DB 7.0                   /* most deep reduction [set: the same] */
#define AM_DYN_ABOVE_LU (-25.0), 6.0        /* threshold, re the integrated loudness in front of the compressor [set] */
#define AM_DYN_KNEE_DB 8.0                  /* [set: soft, so that no level has an edge] */
#define AM_DYN_RANGE_DB 12.0                /* [set] a safety: nothing gets there within the limits above */
#define AM_DYN_ATTACK_MS 5.0, 40.0          /* [set: faster distorts bass, slower misses what 20 ms show] */
#define AM_DYN_USUAL_ATTACK_MS 15.0         /* [set] */
#define AM_DYN_RELEASE_MS 50.0, 400.0       /* [set: faster distorts bass, slower than momentary loudness is a ride] */
#define AM_DYN_USUAL_RELEASE_MS 150.0       /* [set] */
#define AM_DYN_PRIOR_ABOVE 0.02             /* per LU of threshold below loudness [set: the gentler of two that do the same] */
#define AM_DYN_PRIOR_RATIO 0.3              /* per neper of ratio [set: the same] */
#define AM_DYN_PRIOR_TIMES 0.15             /* per neper away from the usual attack or release [set] */
#define AM_DYN_WEIGHTS_MOMENTARY 0.3, 0.3, 0.4, 0.9, 1.2, 0.8, 0.6    /* about 1 / how much two halves of a master differ there */
#define AM_DYN_WEIGHTS_FAST 0.2, 0.33, 0.42, 0.55, 1.0, 1.2, 1.0        /* [docs/dynamics.md] */
#define AM_DYN_OTHER_WEIGHTS_MOMENTARY 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0       /* where it is another song: arrangement spreads ... */
#define AM_DYN_OTHER_WEIGHTS_FAST 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5            /* ... 20 ms levels, and by more dB [docs/dynamics.md] */
#define AM_DYN_DOUBT_DB 0.2                 /* weighted distance that two parts of one master may have ... */
#define AM_DYN_NOTHING_DB 0.4               /* ... within which nothing is done ... */
#define AM_DYN_PART_AMOUNT 0.5              /* ... and how far to follow another part beyond it [docs/dynamics.md] */
#define AM_DYN_OTHER_DOUBT_DB 0.2           /* the same for references of other songs ... */
#define AM_DYN_OTHER_NOTHING_DB 0.4         /* ... [docs/dynamics.md] */
#define AM_DYN_WORTH_SHARE 0.1              /* least part of the distance that a compressor must take away ... */
#define AM_DYN_WORTH_DB 0.1                 /* ... and least in dB [set] */
#define AM_DYN_LIMITED_PLR_DB 8.0           /* a mix below this is limited already [set: that of loud masters] ... */
#define AM_DYN_LIMITED_FLAT_DB 0.5          /* ... if so far below its top ... */
#define AM_DYN_LIMITED_FLAT_SHARE 0.1       /* ... lie the peaks of more than this share of its slices [docs/dynamics.md] */
#define AM_DYN_EXPAND_RATIO 0.8             /* 1 : 1.25 [set: lost dynamics cannot be rebuilt, only hinted at] */
#define AM_DYN_EXPAND_RANGE_DB 2.0          /* [set: the same] */
#define AM_DYN_EXPAND_SHORT_DB 1.5          /* p95 - p50 of fast levels short by this [set] */
#define AM_DYN_EXPAND_PSR_DB 9.0            /* a mix below this has lost its transients [set] */
#define AM_DYN_MORE_DB 0.5                  /* a target this much wider is told to be more dynamic [set] */
#define AM_DYN_LEFT_DB 0.5                  /* a distance that is told when the limits of compression leave it [set] */
#define AM_DYN_SPLIT_DB 2.0                 /* more typical reduction when the limiter alone is not enough [set] */
#define AM_DYN_SPLIT_LEAST_DB 0.5           /* not for less room than this below AM_DYN_P50_DB [set] */
#define AM_DYN_SPLIT_WORTH_LU 0.25          /* least that it must give [set] */

#define AM_MULTI_LEAST_DB 1.5               /* a band wider than the target's by less, beyond what all is wider, is left alone [set] ... */
#define AM_MULTI_ONE_LEAST_DB 0.5           /* ... and of the same recording by less than this [set] */
#define AM_MULTI_P50_DB 2.0                 /* most typical reduction of a band [set]: with the compressor's 3 it stays gentle */
#define AM_MULTI_P99_DB 5.0                 /* most deep reduction [set] */
#define AM_MULTI_SMALL_RATIO 1.2            /* not worth a filter below [set] */
#define AM_MULTI_ATTACK_MS 15.0             /* [set: the compressor's usual] */
#define AM_MULTI_RELEASE_MS 120.0           /* [set] */
#define AM_LEVEL_LEAST_LU 3.0               /* a range wider than the target's by less gets no ride: halves of a master often differ by 2 [set] */
#define AM_LEVEL_WORTH_LU 0.5               /* least that a ride must bring [set] */
#define AM_LEVEL_WORSE_DB 0.1               /* most that it may move the quantiles away [set] */
#define AM_LEVEL_RANGE_DB 3.0               /* most gain either way [set: a hand on a fader] */
#define AM_LEVEL_SLEW_DB_S 1.0              /* [set: the same] */
#define AM_LEVEL_AMOUNT 0.7                 /* most: at 1 all that lies within the range would be as loud as anything else [set] */
#define AM_LEVEL_ABOVE_LU (-2.0)            /* level of no gain, re the integrated loudness [docs/dynamics.md] */
#define AM_LEVEL_FLOOR_LU 30.0              /* silence begins this far below it: 10 LU below what the range counts [set] */

#define AM_CLIP_SEEN_PERCENT 0.05           /* samples at a reference's own extreme that show clipping [set: unclipped music has next to none] */
#define AM_CLIP_SEEN_PLR_DB 9.0             /* and its peak over its loudness [set: only what is as dense is clipped on purpose] */
#define AM_CLIP_RANGE_DB 1.5                /* most off a peak [set: deeper distorts more than the limiter] */
#define AM_CLIP_WORK_DB 3.0                 /* deep reduction (p99) of the limiter below which it needs no help [set] */
#define AM_CLIP_WORTH_DB 0.5                /* least that it must lose by it ... */
#define AM_CLIP_WORTH_LU 0.1                /* ... or the loudness out of reach gain [set] */

#define AM_QUICK_TIMES { 40.0, 0.3 }, { 20.0, 0.0 }     /* release in ms and sustain where the usual times end short of the loudness [docs/limiter.md] */
#define AM_QUICK_WORTH_LU 0.05              /* least that they must gain [set] */

#define AM_PEAKS_WORTH_DB 0.3               /* peaks over those of the reference by less are let be [set] */
#define AM_PEAKS_LEAST_DBTP (-9.0)          /* lowest that peaks are held to for a reference [set: the lowest ceiling that can be asked for] */
#define AM_PEAKS_WORK_DB 4.0                /* deep reduction (p99) of the limiter for it [docs/dynamics.md] */
#define AM_PEAKS_STEP_DB 0.2                /* [set] */

/* ------------------------------------------------------------------ the tone behind the dynamics */
#define AM_RETOUCH_LEAST_DB 0.4             /* rms of what leveller, compressor and limiter change from which the equaliser answers */
#define AM_RETOUCH_MOST_DB 0.65             /* most that loudness or dynamics of a profile may change it by [docs/profiles.md] */
#define AM_RETOUCH_DB 3.0                   /* most that it answers in a band: beyond it only feeds the limiter [set] */
#define AM_RETOUCH_SMOOTH_OCT 0.3333        /* [set] */

/* ------------------------------------------------------------------ other */
#define AM_DC_FLOOR 0.001                   /* -60 dBFS: an offset that is below this after the gain is left alone */
#define AM_INPUT_CLIPPED_PERCENT 0.01       /* samples at the mix's own extreme from which on it is told that it clips [set] */
#define AM_DISTANCE_LOW_HZ 40.0
#define AM_DISTANCE_HIGH_HZ 16000.0
#define AM_DISTANCE_EMPTY_DB 70.0           /* below the loudest band a band is empty [def: the yardstick] */

#endif
