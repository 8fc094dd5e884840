/* preview.js - draws a preview: one song in several variants */
"use strict";
(function () {
const { report, at, number, list, text, fixed, signed, minutes, hertz, base, make, place, leave_out, table, chart, pitch, padded, largest, copy_button, plan_text, master_of, start } = window.automasterPage;
const variants = list("variants") || [];
const DASHES = [undefined, [7, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 4]];

function show_title() {
    const from = number("start_s"), length = number("length_s"), duration = number("before", "duration_s");
    const part = length < duration - 0.5 ? `the loudest ${fixed(length, 0)} s, from ${minutes(from)} of ${minutes(duration)}` : "the whole song";

    document.getElementById("aim").textContent = `${variants.length} ${variants.length === 1 ? "variant" : "variants"} of ${base(text("file"))}: ${part}. These are the very samples of the masters that the plans below make.`;
}

/* Medium and deepest change of gain of a stage that is on. */
function gain_of(expected, stage) {
    const max = at(expected, `${stage}_max_db`);

    return typeof max === "number" && max >= 0.05 ? `${fixed(at(expected, `${stage}_p50_db`))} dB, at most ${fixed(max)}` : "\u2013";
}

const stages = [["multiband", "multiband"], ["leveller", "leveller"], ["compressor", "compressor"], ["clip", "clip stage"], ["limiter", "limiter"]].filter(([stage]) => stage === "compressor" || stage === "limiter" || variants.some((v) => gain_of(at(v, "plan", "expected"), stage) !== "\u2013"));

function row(v) {
    const expected = at(v, "plan", "expected"), tone = v.tone_db || [], best = largest(tone);
    const move = best >= 0 && Math.abs(tone[best]) >= 0.05 ? `${signed(tone[best])} dB at ${hertz(list("band_hz")[best])}` : "\u2013";

    return [v.name, base(String(v.target)), fixed(at(expected, "integrated_lufs")), fixed(at(expected, "true_peak_dbtp")), move, ...stages.map(([stage]) => gain_of(expected, stage))];
}

function show_table() {
    place("table", make("p", { class: "hint" }, "The whole song as it would be mastered, as predicted. Before: " +
            `${fixed(number("before", "loudness", "integrated_lufs"))} LUFS, ${fixed(number("before", "peak", "true_peak_dbtp"))} dBTP.`),
        make("div", { class: "wide cards", tabindex: 0, role: "region", "aria-label": "Variants, table" },
            table("", ["variant", "aims at", "loudness, LUFS", "true peak at most, dBTP", "largest EQ", ...stages.map(([, name]) => name)], variants.map(row), [0, 1, 4, 5, 6, 7, 8, 9])),
        ...variants.filter((v) => v.unreachable).map((v) => make("p", { class: "absent" }, `${v.name}: ${fixed(v.target_lufs)} LUFS is out of reach: ${v.unreachable}.`)));
}

function show_curves(id, title, member, say) {
    const series = [];

    variants.forEach((v, i) => {
        const twin = series.find((s) => JSON.stringify(s.values) === JSON.stringify(v[member]));

        if (twin)
            twin.label += ", " + v.name;    /* one line would hide the other */
        else if (Array.isArray(v[member]) && v[member].some((x) => Math.abs(x) >= 0.2))
            series.push({ label: v.name, values: v[member], colour: "v" + (i + 1), dash: DASHES[i], width: 2 });
    });
    if (!series.length)
        return document.getElementById(id).remove();
    chart(id, { title, unit: "dB", y: "dB", x: pitch(), series, height: 300, range: padded(3, 3), say });
    return undefined;
}

function show_tone() {
    show_curves("eq", "Applied equalisation", "tone_db", "What each variant adds to the centre (mid), before compressor and limiter.");
    show_curves("width", "Applied width", "width_db", "What each variant adds to the sides on top of that.");
    if (!document.getElementById("eq") && !document.getElementById("width"))
        leave_out("tone");
}

function show_plans() {
    variants.forEach((v, i) => {
        const area = make("textarea", { readonly: true, spellcheck: "false", "aria-label": `The plan of ${v.name} as JSON` });

        area.value = plan_text(v.plan);
        place("plan", make("details", { class: "box" }, make("summary", {}, `${i + 1}: ${v.name}`),
            make("p", { class: "hint" }, "Save the plan, and ", make("code", {}, `automaster render ${base(text("file"))} --plan plan.json`), " makes the master whose excerpt plays here."), area, copy_button(area, "Copy the plan")));
    });
}

/* By id in the player. aim: variants that share it differ in how far they go. */
const masters = Object.fromEntries(variants.map((v, i) => {
    const references = Array.isArray(v.references) ? v.references : [];

    return ["variant-" + (i + 1), Object.assign(master_of(v.amounts, references.length ? "" : v.target), { aim: JSON.stringify([v.target, references]) })];
}));

start([[show_title, "aim"], [show_table, "table"], [show_tone, "eq"], [show_plans, "plan"]], { first: "variant-1", masters });
})();
