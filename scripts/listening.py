"""listening - measurements for scripts/recovery and scripts/pairs, in numpy, sharing nothing with the program that they judge.

Levels are dB re full scale. Needs Debian's python3-numpy, python3-scipy, python3-soundfile."""
import numpy as np
import soundfile
from scipy import signal

THIRDS = 1000.0 * 2.0 ** (np.arange(-15, 13) / 3)       # 31 Hz .. 16 kHz
SIXTHS = 1000.0 * 2.0 ** (np.arange(-34, 27) / 6)       # the grid of the plan: 19.7 Hz .. 20.2 kHz
REGIONS = [(20, 120), (120, 1000), (1000, 6000), (6000, 16000)]


def read(path, seconds=None, start=0.0):
    """(2 channels, frames) in double, and the rate."""
    with soundfile.SoundFile(path) as f:
        f.seek(min(int(start * f.samplerate), f.frames))
        x = f.read(-1 if seconds is None else int(seconds * f.samplerate), dtype="float64", always_2d=True)
        return np.ascontiguousarray((x[:, :2] if x.shape[1] > 1 else np.repeat(x, 2, 1)).T), f.samplerate


def mid_side(x):
    return (x[0] + x[1]) / 2, (x[0] - x[1]) / 2


def power_db(p):
    return 10 * np.log10(np.maximum(p, 1e-18))


def k_weighting(rate):
    """Both stages of BS.1770 as sections, from the analogue prototypes, for any rate."""
    def stage(f, q, high, band, low):
        k = np.tan(np.pi * f / rate)
        b = [high + band * k / q + low * k * k, 2 * (low * k * k - high), high - band * k / q + low * k * k]
        a = [1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k]
        return [v / a[0] for v in b + a]
    gain = 10 ** (3.999843853973347 / 20)
    shelf = stage(1681.974450955533, 0.7071752369554196, gain, gain ** 0.4996667741545416, 1.0)
    cut = stage(38.13547087602444, 0.5003270373238773, 1.0, 0.0, 0.0)
    cut[:3] = [1.0, -2.0, 1.0]
    return np.array([shelf, cut])


def windows_lufs(weighted, rate, seconds, hop):
    total = np.concatenate([[0.0], np.cumsum((weighted ** 2).sum(0))])
    n = int(round(seconds * rate))
    at = np.arange(0, max(weighted.shape[1] - n, 0) + 1, int(round(hop * rate)))
    return -0.691 + power_db((total[np.minimum(at + n, len(total) - 1)] - total[at]) / n)


def gated_mean(levels, relative):
    """Mean power level of the windows above -70 LUFS and above that mean less `relative`; and which windows those are."""
    keep = levels > -70
    if not keep.any():
        return -np.inf, keep
    mean = power_db(np.mean(10 ** (levels[keep] / 10)))
    keep &= levels > mean - relative
    return power_db(np.mean(10 ** (levels[keep] / 10))), keep


def true_peak_dbtp(x, over=16, half=32):
    taps = signal.firwin(2 * half * over + 1, 1 / over, window=("kaiser", 12.0)) * over
    peak, step = np.abs(x).max(initial=1e-12), 1 << 16
    for channel in x:
        for at in range(0, len(channel), step):
            part = channel[max(0, at - half - 2):at + step + half + 2]
            if np.abs(part).max(initial=0) > 0.5 * peak:
                peak = max(peak, np.abs(signal.upfirdn(taps, part, over)).max())
    return 20 * np.log10(peak)


def spectra(x, rate, centres, width_octaves, lufs=None):
    """Mean power of mid and side in bands, over frames within 10 dB of the mean K-weighted level; dB re lufs."""
    size = 8192 if rate < 64000 else 16384
    f, _, z = signal.stft(np.stack(mid_side(x)), rate, "hann", size, size // 2, boundary=None, padded=False, scaling="spectrum")
    p = np.abs(z) ** 2
    weight = np.abs(signal.sosfreqz(k_weighting(rate), worN=f, fs=rate)[1]) ** 2
    level = power_db((p.sum(0) * weight[:, None]).sum(0))
    sounding = level > level.max() - 60
    p = p[:, :, level > power_db(np.mean(10 ** (level[sounding] / 10))) - 10].mean(2)
    out = np.full((2, len(centres)), np.nan)
    for k, centre in enumerate(centres):
        lo, hi = centre * 2 ** (-width_octaves / 2), centre * 2 ** (width_octaves / 2)
        inside = (f >= lo) & (f < hi)
        if hi <= rate / 2:
            mean = p[:, inside].mean(1) if inside.any() else np.array([np.interp(centre, f, q) for q in p])
            out[:, k] = power_db(mean * (hi - lo) / (f[1] - f[0]))
    return out - (0.0 if lufs is None else lufs)


def density_db(x, rate, momentary, lufs):
    """Per region, 95th percentile less median of 20 ms levels within the gate: small is dense."""
    out, hop = [], int(0.02 * rate)
    for lo, hi in REGIONS:
        y = signal.sosfilt(signal.butter(4, [lo, min(hi, 0.45 * rate)], "bandpass", fs=rate, output="sos"), x)
        e = power_db((y[:, :y.shape[1] // hop * hop] ** 2).sum(0).reshape(-1, hop).mean(1))
        e = e[momentary[np.minimum(np.arange(len(e)) // 5, len(momentary) - 1)] > lufs - 10]
        out.append(np.percentile(e, 95) - np.percentile(e, 50) if len(e) else np.nan)
    return np.array(out)


def measure(x, rate):
    weighted = signal.sosfilt(k_weighting(rate), x)
    momentary, short = windows_lufs(weighted, rate, 0.4, 0.1), windows_lufs(weighted, rate, 3.0, 0.1)
    lufs, _ = gated_mean(momentary, 10)
    _, within = gated_mean(short, 20)
    seconds = short[::10]
    peaks = np.array([np.abs(x[:, int(k * rate):int((k + 3) * rate)]).max(initial=1e-12) for k in range(len(seconds))])
    loud = seconds > -50
    peak = true_peak_dbtp(x)
    mid, side = spectra(x, rate, THIRDS, 1 / 3, lufs)
    return {"lufs": lufs, "range": np.ptp(np.percentile(short[within], [10, 95])) if within.any() else 0.0, "peak": peak, "plr": peak - lufs,
            "psr": np.median(20 * np.log10(peaks[loud]) - seconds[loud]) if loud.any() else np.nan, "mid": mid, "side": side,
            "density": density_db(x, rate, momentary, lufs)}


def rms(v):
    return float(np.sqrt(np.mean(np.square(v)))) if len(v) else np.nan


def distance(a, r):
    """How far a is from reference r. Bands in which the reference is 70 dB below its strongest do not count."""
    full = np.isfinite(r["mid"]) & np.isfinite(a["mid"]) & (r["mid"] > np.nanmax(r["mid"]) - 70)
    wide = full & np.isfinite(r["side"]) & (r["side"] > np.nanmax(r["mid"]) - 70)
    return {"mid": rms((a["mid"] - r["mid"])[full]), "side": rms((a["side"] - r["side"])[wide]),
            "width": rms(((a["side"] - a["mid"]) - (r["side"] - r["mid"]))[wide]), "lufs": abs(a["lufs"] - r["lufs"]),
            "plr": abs(a["plr"] - r["plr"]), "psr": abs(a["psr"] - r["psr"]), "range": abs(a["range"] - r["range"]),
            "density": rms(a["density"] - r["density"]), "peak": a["peak"]}
