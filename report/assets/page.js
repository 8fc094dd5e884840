/* page.js - draws a report: what was measured, done and reached */
"use strict";
(function () {
const { report, index, at, number, list, text, fixed, signed, minutes, hertz, base, make, place, colour, leave_out, table, axis, chart, pitch, padded, spread, largest, known, copy_button, plan_text, master_of, start, typeset } = window.automasterPage;
const services = JSON.parse(document.getElementById("services-data").textContent);

/* ------------------------------------------------------------------ title, verdict, numbers */

function show_title() {
    const reference = text("target", "name"), kind = text("target", "kind");
    const aim = !reference ? "" : kind === "profile" ? `Aimed at the profile \u201c${reference}\u201d` : `Aimed at ${reference}`;
    const length = number("before", "duration_s"), rate = number("output", "rate_hz");
    const format = text("output", "format") && `${text("output", "format")}, ${rate / 1000} kHz`;

    document.getElementById("aim").textContent = [aim, format, length && minutes(length)].filter(Boolean).join(" \u00b7 ");
}

function show_verdict() {
    const gates = list("gates") || [];
    const chip = (gate) => {
        const kind = gate.pass ? "pass" : gate.advisory ? "miss" : "fail";
        const sign = { pass: "\u2713 ", miss: "! ", fail: "\u2717 " }[kind];

        return make("li", { class: kind, title: typeset(`${gate.measured}, wanted ${gate.limit}`) },
            make("b", {}, sign + String(gate.name).replace(/_/g, " ")), " " + typeset(gate.pass ? gate.measured : `${gate.measured}, wanted ${gate.limit}${gate.reason ? ": " + gate.reason : ""}`));
    };
    const failed = gates.filter((g) => !g.pass && !g.advisory).length, missed = gates.filter((g) => !g.pass && g.advisory).length;

    if (!gates.length)
        place("verdict", make("li", { class: "miss" }, "! a dry run: nothing was written or verified"));
    else
        place("verdict", make("li", { class: failed ? "fail" : missed ? "miss" : "pass" }, make("b", {}, failed ? `\u2717 ${failed} of ${gates.length} gates failed`
            : missed ? `\u2713 no gate failed, ${missed} of ${gates.length} out of reach` : `\u2713 all ${gates.length} gates passed`)), ...gates.map(chip));
}

function show_numbers() {
    const ceiling = number("plan", "limiter", "ceiling_dbtp");
    const tiles = [
        ["Loudness", "LUFS", ["loudness", "integrated_lufs"], number("target", "loudness_lufs"), ""],
        ["True peak", "dBTP", ["peak", "true_peak_dbtp"], ceiling, "\u2264 "],
        ["Loudness range", "LU", ["loudness", "range_lu"], number("target", "range_lu"), ""],
    ];

    for (const [name, unit, where, aim, sign] of tiles) {
        const before = number("before", ...where), after = number("after", ...where);

        place("numbers", make("div", { class: "tile" }, make("p", { class: "name" }, name),
            make("p", { class: "value" }, fixed(after === null ? before : after), make("small", {}, " " + unit)),
            make("dl", {}, make("div", {}, make("dt", {}, "before"), make("dd", {}, fixed(before))),
                make("div", {}, make("dt", {}, "target"), make("dd", {}, (aim === null ? "" : sign) + fixed(aim))))));
    }
}

function show_spectrum() {
    const before = list("before", "mid", "mean_db"), after = list("after", "mid", "mean_db");
    const weight = list("target", "tone", "weight"), target = known(list("target", "tone", "mean_db"), weight), deviation = list("target", "tone", "deviation_db");
    const profile = text("target", "kind") === "profile";
    const series = [];

    if (!list("band_hz") || !before)
        return document.getElementById("spectrum").remove();
    if (target && deviation) {
        series.push({ label: profile ? "p90" : "confidence, upper", values: spread(target, deviation, 1), width: 0, hidden: true });
        series.push({ label: profile ? "p10" : "confidence, lower", values: spread(target, deviation, -1), width: 0, hidden: true });
    }
    if (target)
        series.push({ label: "target", values: target, colour: "target", dash: [6, 4] });
    series.push({ label: "before", values: before, colour: "before" });
    if (after)
        series.push({ label: "after", values: after, colour: "after", width: 2.5 });
    chart("spectrum", { title: "Spectrum", unit: "dB", y: "dB re loudness", x: pitch(), series, height: 340, bands: deviation && target ? [{ series: [1, 2], fill: "ribbon" }] : [],
        say: "Mean level of the centre (mid) in third-octave bands, at equal loudness." + (deviation && target ? profile ? " The ribbon holds the middle 80 % of the songs in the profile."
            : " The ribbon is where the mean of the reference lies with 80 % confidence." : ""),
        range: (u, low, high) => [Math.max(Math.floor(low / 6) * 6, Math.ceil(high / 6) * 6 - 66), Math.ceil((high + 1) / 6) * 6] });
}

/* Hatching between what was wanted and what was applied, where a cap held it back. */
function hatch(u, wanted, applied, limit) {
    const c = u.ctx, tile = document.createElement("canvas"), t = tile.getContext("2d");

    tile.width = tile.height = 8;
    t.strokeStyle = colour("target");
    t.lineWidth = 1.6;
    t.beginPath();
    for (const d of [-8, 0, 8]) {
        t.moveTo(d, 8);
        t.lineTo(d + 8, 0);
    }
    t.stroke();
    c.save();
    c.beginPath();
    c.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    c.clip();
    c.fillStyle = c.createPattern(tile, "repeat");
    for (let k = 0; k < limit.length; k++) {
        if (limit[k] === "none" || typeof wanted[k] !== "number" || typeof applied[k] !== "number")
            continue;
        const left = u.valToPos(u.data[0][k] - 1 / 12, "x", true), right = u.valToPos(u.data[0][k] + 1 / 12, "x", true);
        const a = u.valToPos(wanted[k], "y", true), b = u.valToPos(applied[k], "y", true);

        c.fillRect(left, Math.min(a, b), right - left, Math.abs(a - b));
    }
    c.restore();
}

function show_eq() {
    const tone = at(report, "evidence", "tone"), width = at(report, "evidence", "width");
    const mid = at(tone, "applied_db"), side_move = at(width, "applied_db");

    if (!list("band_hz") || !mid)
        return document.getElementById("eq").remove();
    const side = side_move ? mid.map((v, k) => (typeof v === "number" && typeof side_move[k] === "number" ? +(v + side_move[k]).toFixed(6) : null)) : null;
    const limit = tone.limit || [], wanted = tone.wanted_db || [], capped = limit.filter((l, k) => l !== "none" && Math.abs(wanted[k] - mid[k]) >= 0.5).length;
    const best = largest(mid);
    const series = [...(wanted.some((v) => typeof v === "number") ? [{ label: "wanted, mid", values: wanted, colour: "target", dash: [3, 4], width: 1.5 }] : []), { label: "applied, mid", values: mid, colour: "after", width: 2.5 }];

    if (side)
        series.push({ label: "applied, side", values: side, colour: "side" });
    chart("eq", { title: "Applied equalisation", unit: "dB", y: "dB", x: pitch(), series, height: 280, range: padded(3, 3),
        say: `The largest move is ${signed(mid[best])} dB at ${hertz(list("band_hz")[best])}.` + (capped ? " Hatched: what the target asked for and a cap held back." : ""),
        hooks: { drawAxes: [(u) => hatch(u, wanted, mid, limit)] } });
}

function show_stereo() {
    const weight = list("target", "width", "weight"), target = known(list("target", "width", "mean_db"), weight);
    const before = list("before", "stereo", "band_width_db"), after = list("after", "stereo", "band_width_db");
    const series = [], link = [];

    if (!list("band_hz") || !before || !before.some((v) => typeof v === "number"))
        return leave_out("stereo");
    if (target)
        series.push({ label: "target", values: target, colour: "target", dash: [6, 4] });
    series.push({ label: "before", values: before, colour: "before" });
    if (after)
        series.push({ label: "after", values: after, colour: "after", width: 2.5 });
    chart("width", { title: "Width", unit: "dB", y: "side over mid, dB", x: pitch(), series, height: 260, say: "Level of the sides against the centre, band by band.",
        range: (u, low, high) => [Math.max(Math.floor(low / 6) * 6, -48), Math.max(Math.ceil(high / 6) * 6, 0)] });
    link.push({ label: "before", values: list("before", "stereo", "band_correlation"), colour: "before", digits: 2 });
    if (after)
        link.push({ label: "after", values: list("after", "stereo", "band_correlation"), colour: "after", width: 2.5, digits: 2 });
    chart("correlation", { title: "Correlation", unit: "", y: "correlation", x: pitch(), series: link, height: 260, range: () => [-1, 1],
        say: "1: both channels alike. 0: independent. Below 0: parts cancel in mono." });
    return undefined;
}

function show_histogram() {
    const count = (values) => {
        const bins = new Map();
        let n = 0;

        for (const v of values || [])
            if (typeof v === "number" && v > -70) {
                bins.set(Math.floor(v), (bins.get(Math.floor(v)) || 0) + 1);
                n++;
            }
        return (bin) => (n ? 100 * (bins.get(bin) || 0) / n : null);
    };
    const all = [...(list("before", "overview", "short_term_lufs") || []), ...(list("after", "overview", "short_term_lufs") || [])].filter((v) => typeof v === "number" && v > -70);

    if (!all.length)
        return leave_out("dynamics");
    const sorted = all.slice().sort((a, b) => a - b), low = Math.max(Math.floor(sorted[0]), Math.floor(sorted[sorted.length - 1]) - 40), high = Math.floor(sorted[sorted.length - 1]);
    const bins = Array.from({ length: high - low + 3 }, (unused, i) => low - 1 + i);
    const before = count(list("before", "overview", "short_term_lufs")), after = count(list("after", "overview", "short_term_lufs"));
    const series = [{ label: "before", values: bins.map(before), colour: "before", steps: true }];

    if (list("after", "overview", "short_term_lufs"))
        series.push({ label: "after", values: bins.map(after), colour: "after", steps: true, width: 2.5 });
    chart("histogram", { title: "Distribution of short-term loudness", unit: "%", y: "% of the time", series, height: 240, range: (u, l, h) => [0, Math.max(10, Math.ceil(h / 10) * 10)],
        say: "How much of the time the loudness of 3 s windows lies in each step of 1 LU.",
        x: { label: "from, LUFS", values: bins, show: (v) => fixed(v, 0), axis: () => axis("short-term loudness, LUFS", { incrs: [1, 2, 5, 10], size: 28, gap: 7, values: (u, ticks) => ticks.map((v) => fixed(v, 0)) }) } });
    return undefined;
}

/* ------------------------------------------------------------------ through the song */

function events() {
    const words = { clipping: "clipping", dropout: "dropout", click: "click", dc: "constant offset", lossy: "lossy source" };
    const found = [];

    for (const d of list("before", "defects") || [])
        if (typeof d.time_s === "number")
            found.push({ time: d.time_s, what: `${words[d.kind] || d.kind} in the input`, fault: true });
    for (const n of list("notes") || [])
        if (typeof n.time_s === "number")
            found.push({ time: n.time_s, what: String(n.text), fault: false });
    if (number("limiter", "max_db") > 0.05 && number("limiter", "max_s") !== null)
        found.push({ time: number("limiter", "max_s"), what: `deepest limiting, ${fixed(number("limiter", "max_db"))} dB`, fault: false });
    return found.sort((a, b) => a.time - b.time).slice(0, 200);
}

function tick_marks(u, holder, said) {
    const strip = make("div", { class: "ticks" }), over = u.over;
    const span = number("before", "duration_s");

    holder.querySelectorAll(".ticks").forEach((old) => old.remove());
    for (const e of events()) {
        const mark = make("button", { type: "button", class: e.fault ? "tick" : "tick note", title: `${minutes(e.time)} ${e.what}`, "aria-label": `${minutes(e.time)}: ${e.what}`,
            onclick: () => { said.textContent = `${minutes(e.time)}: ${e.what}. ` + (window.automaster.player.jump(e.time) ? "The player is there." : "It lies outside the excerpt of the player."); } });

        mark.style.left = 100 * e.time / span + "%";
        strip.append(mark);
    }
    if (strip.childElementCount)
        over.append(strip);
}

function shade_excerpt(u) {
    const master = index.find((a) => a.id === "original") || index[0];

    if (!master || master.duration_s >= 0.98 * number("before", "duration_s"))
        return;
    const left = u.valToPos(master.start_s, "x", true), right = u.valToPos(master.start_s + master.duration_s, "x", true);

    u.ctx.save();
    u.ctx.fillStyle = colour("panel");
    u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    u.ctx.restore();
}

/* In the order of the chain: name, colour. */
const STAGES = { multiband: ["multiband", "v3"], leveller: ["leveller", "side"], compressor: ["compressor", "target"], clip: ["clip stage", "before"], limiter: ["limiter", "after"] };

function show_timeline() {
    const before = at(report, "before", "overview"), after = at(report, "after", "overview");

    if (!before || !Array.isArray(before.low))
        return leave_out("time");
    const times = before.low.map((unused, i) => +((i + 0.5) * before.slice_s).toFixed(6));
    const x = { label: "time", values: times, show: minutes, scale: { range: () => [0, number("before", "duration_s") || times[times.length - 1]] },
        axis: () => axis("time, min:s", { size: 28, gap: 7, values: (u, ticks) => ticks.map(minutes) }) };
    const hooks = { drawClear: [shade_excerpt] }, said = make("p", { class: "hint", role: "status" });
    const wave = [], level = [], aim = number("target", "loudness_lufs"), gain = [], said_gain = [];
    let moves = false;

    document.getElementById("timeline").className = "stack";
    if (after)
        wave.push({ label: "after", values: after.high, colour: "after", width: 1 }, { label: "after, low", values: after.low, colour: "after", width: 1, mute: true });
    wave.push({ label: "before", values: before.high, colour: "before", width: 1 }, { label: "before, low", values: before.low, colour: "before", width: 1, mute: true });
    wave.forEach((s) => { s.digits = 3; });
    const marks = events().length;
    chart("waveform", { into: "timeline", title: "Waveform", unit: "", y: "sample, full scale 1", x, sync: true, series: wave, height: 200, hooks, range: (u, l, h) => { const m = Math.max(1, Math.ceil(10 * Math.max(-l, h)) / 10); return [-m, m]; },
        bands: after ? [{ series: [1, 2], fill: "wash-after" }, { series: [3, 4], fill: "wash-before" }] : [{ series: [1, 2], fill: "wash-before" }],
        say: "Highest and lowest sample of all channels." + (index.length && index[0].duration_s < 0.98 * number("before", "duration_s") ? " The shaded part is the excerpt of the player." : "") + (marks ? " The marks at the top can be clicked." : ""),
        after: (u, holder) => tick_marks(u, holder, said) });
    if (marks)
        place("timeline", said);
    if (aim !== null)
        level.push({ label: "target, whole song", values: times.map(() => aim), colour: "target", dash: [6, 4], width: 1.5 });
    level.push({ label: "before", values: before.short_term_lufs, colour: "before" });
    if (after)
        level.push({ label: "after", values: after.short_term_lufs, colour: "after", width: 2.5 });
    chart("loudness", { into: "timeline", title: "Short-term loudness", unit: "LUFS", y: "LUFS, 3 s", x, sync: true, series: level, height: 220, hooks, say: "",
        range: (u, l, h) => { const top = Math.ceil((h + 1) / 3) * 3; return [Math.max(Math.floor((l - 1) / 3) * 3, top - 48), top]; } });
    for (const stage of Object.keys(report).filter((key) => list(key, "reduction_db"))) {
        const reduction = list(stage, "reduction_db");

        if (!reduction.some((v) => v))
            continue;
        const down = reduction.some((v) => v > 0), up = reduction.some((v) => v < 0), does = down && up ? "moves by" : up ? "adds" : "takes off";

        moves = moves || up;
        gain.push({ label: STAGES[stage] ? STAGES[stage][0] : stage, values: reduction.map((v) => (typeof v === "number" ? 0 - v : null)), colour: STAGES[stage] ? STAGES[stage][1] : "line", width: 1.5 });
        said_gain.push(`The ${STAGES[stage] ? STAGES[stage][0] : stage} ${does} ${fixed(number(stage, "p50_db"))} dB typically and ${fixed(number(stage, "max_db"))} dB at most.`);
    }
    if (gain.length)
        chart("reduction", { into: "timeline", title: moves ? "Gain of each stage of dynamics" : "Gain reduction", unit: "dB", y: "dB", x, sync: true, height: 150 + 20 * gain.length, hooks, say: said_gain.join(" "), series: gain,
            range: (u, l, h) => [Math.min(Math.floor(l), -3), Math.max(0, Math.ceil(h))] });
    return undefined;
}

/* ------------------------------------------------------------------ services, provenance */

function service_row(s, loudness, peak) {
    let change = s.plays_at - loudness;

    if (change > 0 && s.raises === "never")
        change = 0;
    if (change > 0 && s.raises === "peak")
        change = Math.max(0, Math.min(change, s.peak - peak));
    const level = loudness + change;
    const what = Math.abs(change) < 0.05 ? "plays it as it is" : change < 0 ? `turns it down by ${fixed(-change)}\u00a0dB` : `turns it up by ${fixed(change)}\u00a0dB`;
    const ceiling = typeof s.loud_ceiling === "number" && loudness > s.plays_at + 0.05 ? s.loud_ceiling : s.ceiling;
    const advice = peak <= ceiling + 0.05 ? "\u2713 within" : `! ${fixed(peak - ceiling)}\u00a0dB over`;

    return [s.name, fixed(s.plays_at, 0), what, fixed(level), `${advice} ${fixed(ceiling, 0)}\u00a0dBTP`, `${s.basis}: ${typeset(s.source)} (${s.date.replace(/ /g, "\u00a0").replace(/-/g, "\u2011")})`];
}

function show_platforms() {
    const side = at(report, "after") ? "after" : "before";
    const loudness = number(side, "loudness", "integrated_lufs"), peak = number(side, "peak", "true_peak_dbtp");

    if (loudness === null || peak === null)
        return leave_out("services");
    place("platforms", make("p", { class: "hint" }, "What each service will do to this master with its loudness normalisation on. None of them changes the file itself."),
        make("div", { class: "wide cards", tabindex: 0, role: "region", "aria-label": "Services, table" },
            table("", ["service", "plays at, LUFS", "to this master", "heard at, LUFS", "true peak advised", "the rule"], services.map((s) => service_row(s, loudness, peak)), [0, 2, 4, 5])),
        make("p", { class: "hint" }, "Published: by the service itself. Standard: by a body of engineers. Measured: the service publishes no rule, but shows or plays it. Secondary: others say so, and no primary source was found; it may be off by a dB or two."));
    return undefined;
}

function show_origin() {
    const files = [["input", at(report, "input")], ["output", at(report, "output")], ...(list("references") || []).map((r) => ["reference", r])].filter((f) => f[1] && f[1].path);
    const describe = (s) => [s.format, s.rate_hz && `${s.rate_hz} Hz`, s.channels && `${s.channels} ch`, s.frames && `${s.frames} frames`].filter(Boolean).join(", ");
    const area = make("textarea", { readonly: true, spellcheck: "false", "aria-label": "The plan as JSON" });
    const facts = [["engine", text("engine")], ["report", text("schema")], ["dither", [text("plan", "dither"), number("plan", "dither_seed") !== null && `seed ${number("plan", "dither_seed")}`].filter(Boolean).join(", ")],
        ["attempts", String((list("attempts") || []).length)]];
    const grid = table("Files by SHA-256", ["role", "file", "format", "SHA-256"], files.map(([role, s]) => [role, base(s.path), describe(s), s.sha256 || "\u2013"]), [0, 1, 2, 3]);

    grid.querySelectorAll("td:last-child").forEach((td) => td.classList.add("hash"));
    grid.querySelectorAll("td:nth-child(2)").forEach((td) => td.classList.add("file"));
    place("origin", make("div", { class: "wide cards", tabindex: 0, role: "region", "aria-label": "Files, table" }, grid));
    place("origin", make("div", { class: "wide narrow" }, table("This run", ["what", "value"], facts.filter((f) => f[1]), [0, 1])));
    if (at(report, "plan")) {
        area.value = plan_text(report.plan);
        place("origin", make("p", { class: "hint" }, "The plan holds every decision. Save it, change a number, and ", make("code", {}, "automaster render --plan plan.json"), " gives exactly that master."), area, copy_button(area, "Copy the plan"));
    }
}

/* ------------------------------------------------------------------ start */

function set_explanation() {
    document.querySelectorAll(".prose li").forEach((li) => { if (!li.childElementCount) li.textContent = typeset(li.textContent); });
}

start([[show_title, "aim"], [show_verdict, "verdict"], [show_numbers, "numbers"], [show_spectrum, "spectrum"], [show_eq, "eq"], [show_timeline, "timeline"],
    [show_stereo, "width"], [show_histogram, "histogram"], [show_platforms, "platforms"], [show_origin, "origin"], [set_explanation, "explanation"]],
    { masters: { master: master_of(at(report, "amounts"), text("target", "kind") === "profile" ? text("target", "name") : "") } });
})();
