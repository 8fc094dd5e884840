/* compare.js - draws a comparison of two files */
"use strict";
(function () {
const { report, index, at, number, list, text, fixed, signed, minutes, hertz, base, make, place, table, axis, chart, pitch, padded, largest, start } = window.automasterPage;

function alignment() {
    const lag = number("lag_s"), gain = number("gain_db"), left = number("residual_db");

    if (at(report, "aligned") !== true)
        return `Not aligned: ${text("reason") || "unknown why"}.`;
    return (Math.abs(lag) < 5e-9 ? "Both begin together" : `B is ${fixed(1000 * Math.abs(lag), 3)} ms ${lag < 0 ? "early" : "late"}`) + (report.inverted ? ", in opposite polarity" : "") + ". " +
        (left <= -200 ? `After a gain of ${signed(gain, 2)} dB on B, nothing is left of A.` : `After a gain of ${signed(gain, 2)} dB on B, ${fixed(left)} dB is left of A.`);
}

function show_title() {
    document.getElementById("aim").textContent = alignment();
}

function show_numbers() {
    const rows = [["loudness, LUFS", "integrated_lufs", "loudness_lu"], ["true peak, dBTP", "true_peak_dbtp", "true_peak_db"], ["loudness range, LU", "range_lu", "range_lu"],
        ["peak to loudness, LU", "plr_db", "plr_db"], ["peak to short-term, LU", "psr_db", "psr_db"], ["width, dB side/mid", "width_db", "width_db"]];
    const side = (key, name) => `${name}: ${base(text(key, "file"))}`;

    place("numbers", make("div", { class: "wide cards", tabindex: 0, role: "region", "aria-label": "Measurements, table" },
        table("", ["measure", side("first", "A"), side("second", "B"), "B minus A"], [...rows.map(([name, member, difference]) => [name, fixed(number("first", member)), fixed(number("second", member)), signed(number("difference", difference))]),
            ["tone, dB rms", "\u2013", "\u2013", fixed(number("difference", "tone_rms_db"))], ["width by band, dB rms", "\u2013", "\u2013", fixed(number("difference", "band_width_rms_db"))]], [])));
}

function show_timeline() {
    const slice = number("timeline", "slice_s"), a = list("timeline", "first_lufs"), b = list("timeline", "second_lufs"), left = list("timeline", "residual_db");
    const times = a.map((unused, i) => (i + 0.5) * slice), places = list("places") || [], said = make("p", { class: "hint", role: "status" });
    const x = { label: "time", values: times, show: minutes, scale: { range: () => [0, number("first", "duration_s")] }, axis: () => axis("time in A, min:s", { size: 28, gap: 7, values: (u, ticks) => ticks.map(minutes) }) };
    const jump = (p) => { said.textContent = `${minutes(p.time_s)}. ` + (window.automaster.player.jump(p.time_s) ? "The player is there." : "It lies outside the excerpt of the player."); };

    chart("loudness", { into: "timeline", title: "Short-term loudness", unit: "LUFS", y: "LUFS, 3 s", x, sync: true, height: 220, say: "",
        series: [{ label: "A", values: a, colour: "before" }, { label: "B", values: b, colour: "after", width: 2.5 }], range: (u, l, h) => { const top = Math.ceil((h + 1) / 3) * 3; return [Math.max(Math.floor((l - 1) / 3) * 3, top - 36), top]; } });
    if (left.some((v) => typeof v === "number" && v > -200))
        chart("residual", { into: "timeline", title: "What is left of A without B", unit: "dB", y: "dB re A", x, sync: true, height: 200, series: [{ label: "residual", values: left.map((v) => (typeof v === "number" && v > -200 ? v : null)), colour: "side", width: 2 }],
            say: "A minus B, in step and level-matched, over the mean level of A.", range: (u, l, h) => [Math.max(Math.floor(l / 10) * 10, Math.ceil(h / 10) * 10 - 120), Math.ceil((h + 1) / 10) * 10] });
    if (places.length)
        place("timeline", make("div", { class: "bar" }, make("span", { class: "label" }, "Most at"), ...places.map((p) => make("button", { type: "button", onclick: () => jump(p) }, `${minutes(p.time_s)}, ${fixed(p.residual_db, 0)} dB`))), said);
}

function show_tone() {
    const tone = list("difference", "tone_db"), best = largest(tone);

    chart("spectrum", { title: "Spectrum", unit: "dB", y: "dB re loudness", x: pitch(), height: 320, say: "Mean level of the centre (mid) in third-octave bands, at equal loudness.",
        series: [{ label: "A", values: list("first", "mid_db"), colour: "before" }, { label: "B", values: list("second", "mid_db"), colour: "after", width: 2.5 }],
        range: (u, low, high) => [Math.max(Math.floor(low / 6) * 6, Math.ceil(high / 6) * 6 - 66), Math.ceil((high + 1) / 6) * 6] });
    if (best >= 0)
        chart("difference", { title: "Difference", unit: "dB", y: "B minus A, dB", x: pitch(), height: 260, range: padded(3, 3), series: [{ label: "tone", values: tone, colour: "side", width: 2.5 }],
            say: `Largest: ${signed(tone[best])} dB at ${hertz(list("band_hz")[best])}.` });
}

function show_width() {
    const a = list("first", "band_width_db"), b = list("second", "band_width_db");

    if (![...a, ...b].some((v) => typeof v === "number"))
        return document.getElementById("stereo").remove();
    chart("width", { title: "Width", unit: "dB", y: "side over mid, dB", x: pitch(), height: 260, say: "Level of the sides against the centre, band by band.",
        series: [{ label: "A", values: a, colour: "before" }, { label: "B", values: b, colour: "after", width: 2.5 }], range: (u, low, high) => [Math.max(Math.floor(low / 6) * 6, -48), Math.max(Math.ceil(high / 6) * 6, 0)] });
    return undefined;
}

/* How each was made, where its report tells. */
const masters = Object.fromEntries(["original", "master"].map((id) => [id, at(index.find((a) => a.id === id), "made")]));

start([[show_title, "aim"], [show_numbers, "numbers"], [show_timeline, "timeline"], [show_tone, "spectrum"], [show_width, "width"]],
    { masters, by_file: true, names: { original: "A", master: "B", difference: "Difference" }, subtract: at(report, "aligned") === true, minus: "B minus A, in step" });
})();
