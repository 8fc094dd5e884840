"""gaincurve - for scripts/density: how near the level distributions of a file can be brought to others by any gain that falls with level

It gives the compressor and the leveller of docs/dynamics.md every freedom that their bounds leave: a gain for each level of 20 ms, which
falls by at most 2/3 dB a dB (ratio 3), typically by 3 dB and deep (99 %) by 7, at once and without a detector; and, where the loudness
range is to fall by more than 3 LU, a gain for each loudness of 3 s, which falls within 3 dB up and down. What it does not reach, nothing
within these bounds does, but for the luck of descending from three places."""
import numpy as np
from scipy import optimize, signal

import listening

QUANTILES = np.array([5, 10, 25, 50, 75, 90, 95]) / 100
STEEPEST, TYPICAL_DB, DEEP_DB, RIDE_DB, WIDER_LU = 2 / 3, 3.0, 7.0, 3.0, 3.0
KNOTS = np.arange(-36, 13, 3.0)                         # of the curve, dB re integrated loudness
RIDES = np.linspace(-12, 6, 7)                          # of the ride, LU re integrated loudness


def lufs(power):
    return -0.691 + listening.power_db(power)


def running(power, size):
    """Mean over `size` neighbours, at the ends over those there are."""
    ones = np.ones(size)
    return signal.fftconvolve(power, ones, "same").clip(0) / signal.fftconvolve(np.ones(len(power)), ones, "same")


def features(fast):
    """Quantiles of momentary and 20 ms loudness re integrated loudness, and that, as analyze/levels.h defines them; fast: powers of 20 ms."""
    hops = len(fast) // 5
    total = np.concatenate([[0.0], np.cumsum(fast[:5 * hops].reshape(hops, 5).mean(1))])
    window = (total[4:] - total[:-4]) / 4
    absolute = 10 ** ((-70 + 0.691) / 10)
    keep = window > max(absolute, 0.1 * np.mean(window[window > absolute]))
    of_window = np.clip((2 * np.arange(5 * hops) + 6) // 10 - 2, 0, len(window) - 1)
    integrated = lufs(np.mean(window[keep]))
    levels = lufs(window[keep]), lufs(fast[:5 * hops][keep[of_window]])
    return np.concatenate([np.quantile(x, QUANTILES) for x in levels]) - integrated, integrated


def least_distance(path, wanted, wider_lu):
    """The least rms distance in dB, of the 14 quantiles of the file to those wanted; wider_lu: what its loudness range is wider."""
    x, rate = listening.read(path)
    weighted = signal.sosfilt(listening.k_weighting(rate), x)
    size = int(round(0.01 * rate))
    power = (weighted[:, :weighted.shape[1] // (2 * size) * 2 * size].reshape(len(weighted), -1, size) ** 2).mean(2).sum(0)
    level, slow = lufs(signal.fftconvolve(power, [0.25, 0.5, 0.25], "same").clip(1e-15)), lufs(running(power, 300))
    integrated = features(power.reshape(-1, 2).mean(1))[1]
    sounding = level > -50
    steepest = STEEPEST * (KNOTS[1] - KNOTS[0])
    ride = len(RIDES) - 1 if wider_lu > WIDER_LU else 0

    def residuals(v):
        reduction = np.interp(level, integrated + KNOTS, np.concatenate([[0], np.cumsum(v[:len(KNOTS) - 1])]))
        fall = np.concatenate([[0], np.cumsum(v[len(KNOTS) - 1:])])
        if ride:
            slower = np.interp(slow, integrated + RIDES, fall - fall[-1] / 2)
        gained = power * 10 ** (-(reduction + (slower if ride else 0)) / 10)
        over = np.median(reduction[sounding]) - TYPICAL_DB, np.quantile(reduction[sounding], 0.99) - DEEP_DB, fall[-1] - 2 * RIDE_DB
        return np.concatenate([features(gained.reshape(-1, 2).mean(1))[0] - wanted, 20 * np.maximum(over, 0)])

    most = np.concatenate([np.full(len(KNOTS) - 1, steepest), np.full(ride, 2 * RIDE_DB)])
    ends = []
    for share in (0.05, 0.25, 0.5):
        start = share * np.concatenate([np.full(len(KNOTS) - 1, steepest), np.full(ride, 1.0)])
        start[:4] *= 0.2
        end = optimize.least_squares(residuals, start, bounds=(0, most), diff_step=0.05, x_scale=0.3, max_nfev=25)
        ends.append((end.cost, listening.rms(residuals(end.x)[:14])))
    return min(ends)[1]
