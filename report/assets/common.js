/* common.js - what the pages share: the document, small helpers, charts with a table behind each, the start; no library but uPlot, no request */
"use strict";
window.automasterPage = (function () {
const report = JSON.parse(document.getElementById("report").textContent);
const audio = JSON.parse(document.getElementById("audio-index").textContent), index = audio.excerpts;
const charts = [];                      /* { name, build, plot, columns } */

/* ------------------------------------------------------------------ small helpers */

const at = (object, ...keys) => keys.reduce((o, k) => (o === null || o === undefined ? undefined : o[k]), object);
const number = (...where) => { const v = at(report, ...where); return typeof v === "number" ? v : null; };
const list = (...where) => { const v = at(report, ...where); return Array.isArray(v) ? v : null; };
const text = (...where) => { const v = at(report, ...where); return typeof v === "string" ? v : ""; };
const fixed = (v, digits = 1) => (typeof v === "number" && isFinite(v) ? v.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, "$1").replace("-", "\u2212") : "\u2013");
const signed = (v, digits = 1) => (typeof v === "number" && v.toFixed(digits) > 0 ? "+" : "") + fixed(v, digits);
const minutes = (s) => (typeof s === "number" ? Math.floor(s / 60 + 1e-6) + ":" + String(Math.floor(s % 60 + 1e-6)).padStart(2, "0") : "\u2013");
const hertz = (f) => (f < 1000 ? Math.round(f) + " Hz" : +(f / 1000).toPrecision(3) + " kHz");
const base = (path) => path.split("/").pop();
/* What a program prints, as a person would set it: without the code of a reason, with a minus. */
const typeset = (s) => String(s).replace(/\b[a-z]+(?:_[a-z]+)+: /g, "").replace(/\b([a-z]+)_([a-z]+) is\b/g, "$1 $2 is").replace(/\+-/g, "\u00b1").replace(/<= /g, "\u2264 ").replace(/(^|[\s(])-(?=\d)/g, "$1\u2212");

function make(tag, properties, ...children) {
    const element = document.createElement(tag);

    for (const [key, value] of Object.entries(properties || {}))
        if (key === "class")
            element.className = value || "";
        else if (key.startsWith("on"))
            element.addEventListener(key.slice(2), value);
        else if (value !== false && value !== null && value !== undefined)
            element.setAttribute(key, value === true ? "" : value);
    element.append(...children.filter((c) => c !== null && c !== undefined));
    return element;
}
const place = (id, ...children) => document.getElementById(id).append(...children.filter(Boolean));
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
const leave_out = (...ids) => ids.forEach((id) => document.getElementById(id).remove());

function table(caption, head, rows, texts = []) {
    const cell = (tag, value, i, scope) => make(tag, { class: texts.includes(i) ? "text" : null, scope, "data-label": scope ? null : head[i] }, String(value));

    return make("table", { class: "grid" }, make("caption", {}, caption),
        make("thead", {}, make("tr", {}, ...head.map((h, i) => cell("th", h, i, "col")))),
        make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((v, i) => cell(i ? "td" : "th", v, i, i ? null : "row"))))));
}

/* A text area with a button that copies it. */
function copy_button(area, label) {
    const said = make("span", { class: "hint", role: "status" });

    return make("p", { class: "bar" }, make("button", { type: "button", onclick: () => {
        area.focus();
        area.select();
        let done = false;
        try { done = document.execCommand("copy"); } catch (e) { done = false; }
        said.textContent = done ? "copied" : "selected: copy it with Ctrl+C";
    } }, label), said);
}

/* ------------------------------------------------------------------ charts */

const OCTAVES = [31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000];
const x_of = (hz) => Math.log2(hz);

function axis(label, extra) {
    return Object.assign({ stroke: colour("muted"), grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false }, font: "12px system-ui, 'DejaVu Sans', sans-serif",
        labelFont: "12px system-ui, 'DejaVu Sans', sans-serif", label, labelSize: 18, labelGap: 2, size: 34, gap: 4 }, extra);
}
const level_axis = (label) => axis(label, { size: 40, values: (u, ticks) => ticks.map((v) => fixed(v, Number.isInteger(v) ? 0 : 1)) });
const pitch_axis = () => axis("frequency, Hz", { splits: () => OCTAVES.map(x_of), filter: null, size: 28, gap: 7,
    values: (u) => OCTAVES.map((f, i) => (u.width < 520 && i % 2 ? "" : f < 1000 ? Math.round(f) : f / 1000 + "k")) });

/* One chart with caption, legend and the table behind it. options: { title, say, unit, x: { label, values, show, scale, axis }, series: [{ label,
 * values, colour, dash, width, fill, digits, hidden (only an edge of a band), mute (no legend) }], range, bands, hooks, height, after } */
function chart(id, o) {
    const clean = (values) => (values.every((v) => v === null || typeof v === "number") ? values : values.map((v) => (typeof v === "number" ? v : null)));

    o.series = o.series.filter((s) => Array.isArray(s.values)).map((s) => Object.assign(s, { values: clean(s.values) }));
    if (!o.series.length || !Array.isArray(o.x.values))
        throw new Error(`there are no numbers for ${o.title.toLowerCase()}`);
    const title = make("h3", { id: "c-" + id + "-" + charts.length }, o.title);
    const holder = make("div", { class: "plot" });
    const shown = o.series.filter((s) => !s.hidden);
    const rows = () => o.x.values.map((x, i) => [o.x.show(x), ...shown.map((s) => (typeof s.values[i] === "number" ? fixed(s.values[i], s.digits === undefined ? 2 : s.digits) : s.words ? s.words(s.values[i]) : "\u2013"))]);
    const scroll = make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": o.title + ", data" });
    const fill = () => scroll.firstChild || scroll.append(table(o.title + (o.unit ? ", " + o.unit : ""), [o.x.label, ...shown.map((s) => s.label)], rows()));
    const data = make("details", { class: "data", ontoggle: fill }, make("summary", {}, "Data"), scroll);
    const entry = { name: id, x: o.x.values, series: shown, fill, plot: null };

    entry.build = () => {
        const old = entry.plot && entry.plot.series.map((s) => s.show);
        const series = [{ label: o.x.label, value: (u, v) => (v === null || v === undefined ? "" : o.x.show(o.x.back ? o.x.back(v) : v)) }];

        if (entry.plot)
            entry.plot.destroy();
        for (const s of o.series)
            series.push({ label: s.label, stroke: s.colour ? () => colour(s.colour) : "transparent", width: s.width === undefined ? 2 : s.width, dash: s.dash, fill: s.fill && (() => colour(s.fill)),
                paths: s.steps ? uPlot.paths.stepped({ align: 1 }) : s.bars ? uPlot.paths.bars({ size: [0.86, 40] }) : undefined, points: { show: false }, spanGaps: false,
                value: (u, v) => (v === null || v === undefined ? "" : fixed(v, s.digits === undefined ? 1 : s.digits) + (o.unit ? " " + o.unit : "")) });
        entry.plot = new uPlot({
            width: holder.clientWidth || 600, height: holder.clientWidth < 520 ? Math.min(o.height || 300, 230) : o.height || 300, padding: [8, 18, 0, 0],
            cursor: Object.assign({ drag: { x: false, y: false }, points: { size: 6 } }, o.sync ? { sync: { key: "time", setSeries: false } } : {}),
            legend: { live: true, markers: { width: 0, fill: (u, i) => (i ? colour(o.series[i - 1].swatch || o.series[i - 1].colour || "line") : "transparent") } },
            scales: { x: Object.assign({ time: false }, o.x.scale), y: { range: o.range } },
            axes: [o.x.axis(), Object.assign(level_axis(o.y))],
            series, bands: (o.bands || []).map((b) => ({ series: b.series, fill: colour(b.fill) })), hooks: o.hooks || {},
        }, [o.x.to ? o.x.values.map(o.x.to) : o.x.values, ...o.series.map((s) => s.values)], holder);
        const rows = holder.querySelectorAll(".u-legend .u-series");

        o.series.forEach((s, i) => { if (s.hidden || s.mute) rows[i + 1].remove(); });
        entry.plot.ctx.canvas.setAttribute("role", "img");
        entry.plot.ctx.canvas.setAttribute("aria-label", `${o.title}. ${o.say || ""} The numbers are in the table below.`);
        if (old)
            old.forEach((show, i) => { if (i && !show) entry.plot.setSeries(i, { show }); });
        if (o.after)
            o.after(entry.plot, holder);
    };
    charts.push(entry);
    place(o.into || id, make("figure", { "aria-labelledby": title.id }, make("figcaption", {}, title, o.say && make("p", {}, o.say)), holder, data));
    entry.holder = holder;
    entry.build();
    return entry;
}

const pitch = () => ({ label: "frequency", values: list("band_hz"), to: x_of, back: (v) => Math.pow(2, v), show: hertz, axis: pitch_axis, scale: { range: () => [x_of(19.5), x_of(20400)] } });
const padded = (least, step) => (u, low, high) => {
    if (low === null || high === null)
        return [-least, least];
    return [Math.min(Math.floor((low - 0.5) / step) * step, -least), Math.max(Math.ceil((high + 0.5) / step) * step, least)];
};
const spread = (values, deviation, sign) => values && deviation && values.map((v, k) => (typeof v === "number" && typeof deviation[k] === "number" ? v + sign * 1.2816 * deviation[k] : null));

function largest(values) {
    let best = -1;

    (values || []).forEach((v, k) => { if (typeof v === "number" && (best < 0 || Math.abs(v) > Math.abs(values[best]))) best = k; });
    return best;
}

/* What the target says nothing about (weight 0) is not drawn. */
const known = (values, weight) => values && values.map((v, k) => (weight && weight[k] === 0 ? null : v));

/* The plan of a document as a person would write it: short arrays on one line. */
const plan_text = (plan) => JSON.stringify(plan, null, 2).replace(/\[[-\d.,\s]+\]/g, (m) => m.replace(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]"));

/* A master as votes know it: how far it went, null when that is not known, and towards which profile, "" when that was a reference or a blend. */
function master_of(amounts, profile) {
    const known = ["tone", "dynamics", "width", "loudness"].map((k) => [k, at(amounts, k)]);

    return { amounts: known.every(([, v]) => typeof v === "number" && v >= 0 && v <= 1.5) ? Object.fromEntries(known) : null, profile: /^[a-z0-9][a-z0-9_-]*$/.test(profile) ? profile : "" };
}

/* ------------------------------------------------------------------ start */

/* shows: [function, id of the element that tells when it fails]. An older or edited document may lack what a part needs: the others are
 * shown all the same. */
function start(shows, words) {
    const player = window.automasterPlayer.open(index, document.getElementById("player"), Object.assign({ make, minutes, signed, fixed, colour, report, missing: audio.missing, no_vote: audio.no_vote }, words));

    window.automaster = { report, charts, index, player };  /* for tests and curious people */
    for (const [show, where] of shows)
        try {
            show();
        } catch (e) {
            const place = document.getElementById(where);

            if (place)
                place.append(make(place.tagName === "UL" ? "li" : "span", { class: "absent" }, "This part of the report cannot be shown: " + e.message));
        }
    function rebuild() {
        charts.forEach((c) => c.build());
        player.redraw();
    }
    let width = window.innerWidth, waiting = 0;
    window.addEventListener("resize", () => {
        if (window.innerWidth === width)
            return;
        width = window.innerWidth;
        clearTimeout(waiting);
        waiting = setTimeout(rebuild, 120);
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rebuild);
    window.addEventListener("beforeprint", () => { document.documentElement.dataset.theme = "light"; rebuild(); });
    window.addEventListener("afterprint", () => { delete document.documentElement.dataset.theme; rebuild(); });
}

return { report, index, at, number, list, text, fixed, signed, minutes, hertz, base, make, place, colour, leave_out, table, axis, chart, pitch, padded, spread, largest, known, copy_button, plan_text, master_of, start, typeset };
})();
