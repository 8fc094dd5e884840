/* player.js - original, master, references and what each stage did, sample-synchronous and at equal loudness
 *
 * Every excerpt plays all the time through a gain of its own; what is heard is a matter of weights. So a switch is a short ramp between two
 * mixtures of the same instant, and a difference is master minus original in one graph.
 */
"use strict";
window.automasterPlayer = (function () {
const RAMP_S = 0.012;
const amplitude = (db) => Math.pow(10, db / 20);
const is_song = (a) => a.kind !== "delta";

/* dB on each excerpt. Matched: as loud as the quietest of original, master and references, so that nothing is ever raised. */
function applied(index, matched) {
    const levels = index.filter((a) => is_song(a) && typeof a.lufs === "number").map((a) => a.lufs);
    const level = Math.min(...levels), master = index.find((a) => a.id === "master");
    const db = {};

    for (const a of index) {
        const like = is_song(a) ? a : master;

        db[a.id] = matched && like && typeof like.lufs === "number" ? level - like.lufs : 0;
    }
    return db;
}

/* Linear gain on each excerpt, so that what is heard: an id, or "difference". Where it is known which gain nulls best, that is the match. */
function weights(index, what, matched) {
    const db = applied(index, matched), gains = {}, master = index.find((a) => a.id === "master");

    if (what === "difference" && matched && master && typeof master.null_db === "number")
        db.master = db.original + master.null_db;

    for (const a of index) {
        const sign = what === a.id ? 1 : what === "difference" ? (a.id === "master" ? 1 : a.id === "original" ? -1 : 0) : 0;

        gains[a.id] = sign * amplitude(db[a.id]) / a.scale;
    }
    return gains;
}

const VIEWS = { stereo: [1, 0, 0, 1], mono: [0.5, 0.5, 0.5, 0.5], side: [0.5, -0.5, -0.5, 0.5] };     /* LL RL LR RR */

function ramp(param, value, at, now) {
    param.cancelScheduledValues(at);
    if (now)
        param.setValueAtTime(value, at);
    else {
        param.setValueAtTime(param.value, at);
        param.linearRampToValueAtTime(value, at + RAMP_S);
    }
}

/* The graph in a context, live or offline. set(gains, view, at, now) ramps to a mixture; begin(at, offset, loop) starts every excerpt. */
function graph(context, index, buffers) {
    const bus = context.createGain(), split = context.createChannelSplitter(2), merge = context.createChannelMerger(2), out = context.createGain();
    const matrix = VIEWS.stereo.map((g, i) => {
        const node = context.createGain();

        node.gain.value = g;
        split.connect(node, i % 2);
        node.connect(merge, 0, i >> 1);
        return node;
    });
    const parts = {};
    let playing = [];

    bus.channelCount = 2;
    bus.channelCountMode = "explicit";
    bus.connect(split);
    merge.connect(out);
    out.connect(context.destination);
    for (const a of index) {
        parts[a.id] = context.createGain();
        parts[a.id].gain.value = 0;
        parts[a.id].connect(bus);
    }
    return {
        out,
        set(gains, view, at, now) {
            for (const a of index)
                ramp(parts[a.id].gain, gains[a.id], at, now);
            VIEWS[view].forEach((g, i) => ramp(matrix[i].gain, g, at, now));
        },
        begin(at, offset, loop) {
            playing = index.map((a) => {
                const source = context.createBufferSource(), length = buffers[a.id].duration;

                source.buffer = buffers[a.id];
                source.loop = true;
                source.loopStart = loop.start < length ? loop.start : 0;
                source.loopEnd = Math.min(loop.end, length);
                source.connect(parts[a.id]);
                source.start(at, offset < length ? offset : 0);
                return source;
            });
        },
        end(at) {
            playing.forEach((source) => { source.stop(at); });
            playing = [];
        },
    };
}

/* FLAC in base64, at the rate of the master: an excerpt of that rate comes out sample for sample. */
async function decode(a, rate) {
    const binary = atob(document.getElementById("audio-" + a.id).textContent);
    const bytes = new Uint8Array(binary.length);

    for (let i = 0; i < binary.length; i++)
        bytes[i] = binary.charCodeAt(i);
    return new OfflineAudioContext(2, 1, rate).decodeAudioData(bytes.buffer);
}
const page_rate = (index) => (index.find((a) => a.id === "master") || index.find((a) => a.kind === "variant") || index[0]).rate_hz;
async function decode_all(index) {
    const buffers = {};

    for (const a of index)
        buffers[a.id] = await decode(a, page_rate(index));
    return buffers;
}

/* Chance of at least right of trials by guessing. */
function chance(right, trials) {
    let sum = 0, term = Math.pow(0.5, trials);

    for (let k = 0; k <= trials; k++) {
        if (k >= right)
            sum += term;
        term *= (trials - k) / (k + 1);
    }
    return Math.min(1, sum);
}

const same_amounts = (a, b) => Object.keys(a.amounts).every((k) => a.amounts[k] === b.amounts[k]);

/* Where the loudest second begins. */
function loudest(buffer) {
    const step = Math.round(buffer.sampleRate / 10), energy = [];

    for (let from = 0; from + step <= buffer.length; from += step) {
        let sum = 0;
        for (let c = 0; c < buffer.numberOfChannels; c++) {
            const x = buffer.getChannelData(c);
            for (let i = from; i < from + step; i++)
                sum += x[i] * x[i];
        }
        energy.push(sum);
    }
    let best = 0, most = -1;
    for (let i = 0; i + 10 <= energy.length; i++) {
        const sum = energy.slice(i, i + 10).reduce((a, b) => a + b, 0);
        if (sum > most)
            [best, most] = [i, sum];
    }
    return best / 10;
}

/* ------------------------------------------------------------------ what a person sees */

function open(index, root, page) {
    const { make, minutes, signed, fixed, colour, report } = page;
    const nothing = { jump: () => false, redraw() {}, index };

    page.missing.forEach((m) => root.append(make("p", { class: "absent" }, m)));
    if (!index.length) {
        root.append(make("p", { class: "hint" }, "There is no audio to play in this page."));
        return nothing;
    }
    const state = { what: index.some((a) => a.id === "master") ? "master" : index.some((a) => a.id === page.first) ? page.first : index[0].id, view: "stereo", matched: true, playing: false, position: 0, loop: null, blind: null };
    const original = index.find((a) => a.id === "original") || index[0];
    const length = Math.max(...index.filter((a) => a.kind !== "reference").map((a) => a.duration_s), index.length ? 0.1 : 0);
    let context = null, nodes = null, buffers = null, began = 0, from = 0, pending = null;

    /* --- sound */

    const region = () => state.loop || { start: 0, end: length };
    const heard = () => (state.blind ? state.blind[state.blind.playing] : state.what);

    function position() {
        if (!state.playing)
            return state.position;
        const r = region(), t = from + Math.max(0, context.currentTime - began);
        return t < r.end ? t : r.start + (t - r.start) % (r.end - r.start);
    }
    function apply(now) {
        if (nodes)
            nodes.set(weights(index, heard(), state.matched || Boolean(state.blind)), state.view, context.currentTime, now);
    }
    async function ready() {
        if (!buffers) {
            pending = pending || decode_all(index);
            buffers = await pending;
        }
        return buffers;
    }
    function start(offset) {
        const r = region();

        from = offset >= r.start && offset < r.end - 0.01 ? offset : r.start;
        began = context.currentTime + 0.02;
        nodes.begin(began, from, r);
        nodes.out.gain.cancelScheduledValues(0);
        nodes.out.gain.setValueAtTime(0, context.currentTime);
        nodes.out.gain.setValueAtTime(0, began);
        nodes.out.gain.linearRampToValueAtTime(1, began + RAMP_S);
    }
    function halt() {
        nodes.out.gain.cancelScheduledValues(0);
        nodes.out.gain.setValueAtTime(nodes.out.gain.value, context.currentTime);
        nodes.out.gain.linearRampToValueAtTime(0, context.currentTime + RAMP_S);
        nodes.end(context.currentTime + 2 * RAMP_S);
    }
    async function play() {
        await ready();
        if (!context) {
            context = new AudioContext({ sampleRate: page_rate(index), latencyHint: "interactive" });
            nodes = graph(context, index, buffers);
            apply(true);
        }
        await context.resume();
        if (state.playing)
            return;
        start(state.position);
        state.playing = true;
        show();
        requestAnimationFrame(frame);
    }
    function pause() {
        if (!state.playing)
            return;
        state.position = position();
        halt();
        state.playing = false;
        show();
    }
    function seek(t) {
        state.position = Math.min(Math.max(0, t), length);
        if (state.playing) {
            halt();
            start(state.position);
        }
        show();
    }
    function loop(a, b) {
        const was = position();

        state.loop = b - a >= 0.05 ? { start: Math.max(0, a), end: Math.min(length, b) } : null;
        seek(state.loop && (was < state.loop.start || was >= state.loop.end) ? state.loop.start : was);
    }

    /* --- controls */

    const names = page.names || { original: "Original", master: "Master", difference: "Difference" };
    const both = index.some((a) => a.id === "original") && index.some((a) => a.id === "master") && page.subtract !== false;
    const songs = index.filter(is_song), deltas = index.filter((a) => !is_song(a));
    const choices = [...songs.map((a) => [a.id, names[a.id] || (a.kind === "variant" || songs.filter((s) => s.kind === "reference").length > 1 ? a.name : "Reference")]),
        ...(both ? [["difference", "Difference"]] : []), ...deltas.map((a) => [a.id, a.name])];
    const buttons = {};

    function pick(what) {
        state.what = what;
        apply(false);
        show();
        draw();
    }
    function choice(entry, i) {
        const [id, name] = entry, more = index.find((a) => a.id === id);
        const title = id === "difference" ? page.minus || "master minus original" : more.kind === "delta" ? `what the ${name} added or took, as loud as in the master` : more.name;

        buttons[id] = make("button", { type: "button", "aria-pressed": "false", title, onclick: () => pick(id) }, name, " ", i < 9 ? make("kbd", { "aria-hidden": "true" }, String(i + 1)) : null, make("span", { class: "db" }));
        return buttons[id];
    }
    const play_button = make("button", { type: "button", class: "play", onclick: () => (state.playing ? pause() : play()) }, "Play");
    const level_button = make("button", { type: "button", "aria-pressed": "true", title: "plays everything as loud as the quietest; off: as delivered", onclick: () => { state.matched = !state.matched; apply(false); show(); draw(); } },
        "Loudness matched ", make("kbd", { "aria-hidden": "true" }, "D"));
    const view_buttons = Object.keys(VIEWS).map((v) => make("button", { type: "button", "aria-pressed": "false", onclick: () => { state.view = v; apply(false); show(); } }, v[0].toUpperCase() + v.slice(1)));
    const loud_button = make("button", { type: "button", onclick: async () => { await ready(); seek(loudest(buffers.master || buffers[index[0].id])); } }, "Loudest second ", make("kbd", { "aria-hidden": "true" }, "L"));
    const clear_button = make("button", { type: "button", onclick: () => loop(0, 0) }, "Clear loop");
    const clock = make("span", { class: "clock" });
    const canvas = make("canvas", { "aria-hidden": "true" }), head = make("div", { class: "head" }), shade = make("div", { class: "loop" });
    const wave = make("div", { class: "wave", role: "slider", tabindex: 0, "aria-label": "Position in the excerpt", "aria-valuemin": 0, "aria-valuemax": Math.round(length), "aria-valuenow": 0 }, canvas, shade, head);

    const all = choices.map(choice), group = (label, ...members) => (members.length ? make("div", { class: "group", role: "group", "aria-label": label }, ...members) : null);

    root.append(make("div", { class: "bar sources" }, group("What is heard", ...all.slice(0, songs.length)),
        group("Differences", ...all.slice(songs.length))), wave,
        make("div", { class: "bar" }, group("Transport", play_button, loud_button, clear_button), clock, make("span", { class: "fill" }),
            make("div", { class: "bar inner" }, level_button, group("Channels", ...view_buttons))),
        make("p", { class: "hint" }, "Drag over the waveform to loop a part. Keys: ", make("kbd", {}, "Space"), " play, ", make("kbd", {}, "1"), "\u2013", make("kbd", {}, String(Math.min(9, choices.length))), " source, ",
            make("kbd", {}, "D"), " as delivered, ", make("kbd", {}, "M"), " mono, ", make("kbd", {}, "L"), " loudest second, ", make("kbd", {}, "["), " ", make("kbd", {}, "]"), " loop from and to here, ", make("kbd", {}, "Esc"), " clear the loop."));

    function show() {
        const db = applied(index, state.matched || Boolean(state.blind));

        for (const [id, button] of Object.entries(buttons)) {
            button.setAttribute("aria-pressed", String(!state.blind && id === state.what));
            button.disabled = Boolean(state.blind);
            button.querySelector(".db").textContent = state.blind ? "" : id === "difference" ? (state.matched ? "at equal loudness" : "as delivered") : `${signed(db[id])} dB`;
        }
        view_buttons.forEach((b, i) => b.setAttribute("aria-pressed", String(Object.keys(VIEWS)[i] === state.view)));
        level_button.setAttribute("aria-pressed", String(state.matched || Boolean(state.blind)));
        level_button.disabled = Boolean(state.blind);
        play_button.textContent = state.playing ? "Pause" : "Play";
        clear_button.hidden = !state.loop;
        shade.style.display = state.loop ? "block" : "none";
        if (state.loop) {
            shade.style.left = 100 * state.loop.start / length + "%";
            shade.style.width = 100 * (state.loop.end - state.loop.start) / length + "%";
        }
        where();
    }
    function where() {
        const t = position();

        head.style.left = 100 * t / length + "%";
        clock.textContent = `${minutes(original.start_s + t)} of ${minutes(original.start_s)}\u2013${minutes(original.start_s + length)}` + (state.loop ? `, loop ${fixed(state.loop.end - state.loop.start)} s` : "");
        wave.setAttribute("aria-valuenow", String(Math.round(t)));
        wave.setAttribute("aria-valuetext", minutes(original.start_s + t));
    }
    function frame() {
        where();
        if (state.playing)
            requestAnimationFrame(frame);
    }

    /* --- the waveform of what is heard */

    function draw() {
        const what = state.blind ? "original" : state.what, ratio = window.devicePixelRatio || 1;
        const w = canvas.clientWidth, h = canvas.clientHeight, c = canvas.getContext("2d");

        canvas.width = w * ratio;
        canvas.height = h * ratio;
        if (!buffers || !w)
            return;
        const gains = weights(index, what, state.matched || Boolean(state.blind)), used = index.filter((a) => gains[a.id]);
        const frames = Math.round(length * page_rate(index)), columns = Math.floor(w);
        c.scale(ratio, ratio);
        c.fillStyle = colour(what === "original" ? "before" : what.startsWith("reference") ? "target" : what === "master" ? "after" : what.startsWith("variant") ? what.replace("variant-", "v") : "side");
        for (let x = 0; x < columns; x++) {
            const a = Math.floor(x * frames / columns), b = Math.max(a + 1, Math.floor((x + 1) * frames / columns)), step = Math.max(1, Math.floor((b - a) / 200));
            let low = 0, high = 0;
            for (let i = a; i < b; i += step) {
                let v = 0;
                for (const u of used)
                    v += gains[u.id] * (buffers[u.id].getChannelData(0)[i] || 0);
                low = Math.min(low, v);
                high = Math.max(high, v);
            }
            const top = h / 2 - h / 2 * Math.min(1, high), bottom = h / 2 - h / 2 * Math.max(-1, low);
            c.fillRect(x, top, 1, Math.max(1, bottom - top));
        }
    }

    /* --- pointer and keys */

    let grip = null;
    const time_at = (e) => { const box = wave.getBoundingClientRect(); return length * Math.min(1, Math.max(0, (e.clientX - box.left) / box.width)); };
    wave.addEventListener("pointerdown", (e) => { grip = time_at(e); wave.setPointerCapture(e.pointerId); });
    wave.addEventListener("pointermove", (e) => {
        if (grip === null || Math.abs(time_at(e) - grip) < length / 100)
            return;
        shade.style.display = "block";
        shade.style.left = 100 * Math.min(grip, time_at(e)) / length + "%";
        shade.style.width = 100 * Math.abs(time_at(e) - grip) / length + "%";
    });
    wave.addEventListener("pointerup", (e) => {
        const t = time_at(e), start_at = grip;

        grip = null;
        if (start_at === null)
            return;
        if (Math.abs(t - start_at) < length / 100)
            seek(t);
        else
            loop(Math.min(start_at, t), Math.max(start_at, t));
    });
    wave.addEventListener("pointercancel", () => { grip = null; show(); });
    wave.addEventListener("keydown", (e) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -5, PageUp: 5 }[e.key];

        if (step)
            seek(position() + step);
        else if (e.key === "Home" || e.key === "End")
            seek(e.key === "Home" ? 0 : length);
        else
            return;
        e.preventDefault();
    });
    document.addEventListener("keydown", (e) => {
        const tag = e.target.tagName;

        if (e.ctrlKey || e.metaKey || e.altKey || tag === "INPUT" || tag === "TEXTAREA" || tag === "SELECT")
            return;
        if (e.key === " " && tag !== "BUTTON" && tag !== "SUMMARY")
            (state.playing ? pause : play)();
        else if (e.key >= "1" && e.key <= "9" && choices[e.key - 1] && !state.blind)
            pick(choices[e.key - 1][0]);
        else if (state.blind && ["a", "b", "x"].includes(e.key) && state.blind[e.key])
            hear(e.key);
        else if (e.key === "d" && !state.blind)
            level_button.click();
        else if (e.key === "m")
            view_buttons[state.view === "mono" ? 0 : 1].click();
        else if (e.key === "l")
            loud_button.click();
        else if (e.key === "[")
            loop(position(), region().end);
        else if (e.key === "]")
            loop(region().start, position());
        else if (e.key === "Escape" && state.loop)
            loop(0, 0);
        else
            return;
        e.preventDefault();
    });

    /* --- blind: what is heard are a, b and x of state.blind */

    const named = (a) => (page.by_file && songs.every((s) => s === a || s.name !== a.name) ? a.name : names[a.id] || a.name);
    const starts = [];                  /* the buttons that begin a test; while one is on, the others rest */

    function blind(test, start) {
        state.blind = test;
        starts.forEach((button) => { button.disabled = Boolean(test) && button !== start; });
        apply(false);
        show();
        draw();
    }
    function hear(n) {
        state.blind.playing = n;
        state.blind.listen.forEach((button) => button.setAttribute("aria-pressed", String(button.value === n)));
        apply(false);
        play();
    }
    const listening = (...letters) => letters.map((n) => make("button", { type: "button", disabled: true, "aria-pressed": "false", value: n, onclick: () => hear(n) },
        "Hear " + n.toUpperCase() + " ", make("kbd", { "aria-hidden": "true" }, n.toUpperCase())));
    const coin = () => Boolean(crypto.getRandomValues(new Uint8Array(1))[0] & 1);

    function chooser(label, among, first) {
        const list = make("select", { "aria-label": label }, ...among.map((a) => make("option", { value: a.id }, named(a))));

        list.value = first.id;
        return list;
    }
    function download(name, document) {
        const url = URL.createObjectURL(new Blob([JSON.stringify(document, null, 2) + "\n"], { type: "application/json" }));

        make("a", { href: url, download: name }).click();
        setTimeout(() => URL.revokeObjectURL(url), 1000);
    }
    function switch_on(controls, on) {
        controls.forEach((control) => {
            control.disabled = !on;
            if (!on && control.hasAttribute("aria-pressed"))
                control.setAttribute("aria-pressed", "false");
        });
    }

    /* --- is there a difference */

    function blind_test() {
        const a = chooser("A", songs, songs[0]), b = chooser("B", songs, songs[songs.length > 2 && songs[2].kind === "variant" ? 2 : 1]);
        const said = make("p", { role: "status" }), answers = [], listen = listening("a", "b", "x");
        const guess = ["A", "B"].map((n) => make("button", { type: "button", disabled: true, onclick: () => answer(n) }, "X is " + n));
        const begin = make("button", { type: "button", onclick: () => (state.blind ? finish() : first()) }, "Start the test");
        const save = make("button", { type: "button", disabled: true, onclick: () => download("abx.json", test) }, "Save the result (JSON)");
        let test = null;

        function draw_lot() {
            state.blind.x = coin() ? state.blind.a : state.blind.b;
            hear("a");
        }
        function first() {
            if (a.value === b.value) {
                said.textContent = "Choose two different sources.";
                return;
            }
            answers.length = 0;
            test = null;
            begin.textContent = "End the test";
            switch_on([...listen, ...guess], true);
            switch_on([a, b, save], false);
            said.textContent = "Listen to A, B and X as often as you like. Loudness is matched.";
            blind({ a: a.value, b: b.value, x: a.value, playing: "a", listen }, begin);
            draw_lot();
        }
        function answer(n) {
            const truth = state.blind.x === state.blind.a ? "A" : "B";

            answers.push({ x: truth, answer: n });
            said.textContent = `${answers.length} ${answers.length === 1 ? "trial" : "trials"} done. The score is shown at the end; 10 or more tell something.`;
            draw_lot();
        }
        function finish() {
            const right = answers.filter((x) => x.x === x.answer).length, p = chance(right, answers.length);
            const source = (id) => { const i = index.find((x) => x.id === id); return { id, name: i.name, sha256: i.sha256, applied_db: applied(index, true)[id] }; };

            test = { schema: "automaster.abx/1", engine: report.engine, a: source(state.blind.a), b: source(state.blind.b), trials: answers.slice(), correct: right, p_value: p, date: new Date().toISOString() };
            begin.textContent = "Start the test";
            switch_on([...listen, ...guess], false);
            switch_on([a, b], true);
            save.disabled = !answers.length;
            said.textContent = answers.length ? `${right} of ${answers.length} right, p = ${p.toPrecision(2)}: ${p <= 0.05 ? "you hear a difference" : "no difference shown"}.` : "No trial was done.";
            blind(null);
        }
        starts.push(begin);
        root.append(make("details", { class: "box" }, make("summary", {}, "Blind test (ABX)"),
            make("p", { class: "hint" }, "X is A or B, drawn afresh for each trial. If you cannot tell which, the difference does not matter to you."),
            make("div", { class: "bar" }, make("span", { class: "label" }, "A and B"), a, b, begin), make("div", { class: "bar" }, ...listen, ...guess, save), said));
        return { result: () => test, answers };
    }

    /* --- which is better: votes, of which a profile learns how far to go */

    function voting(masters, known) {
        const one = chooser("One", known, known[0]), other = chooser("The other", known, known[known.length > 2 ? 2 : 1]);
        const said = make("p", { role: "status" }), votes = [], listen = listening("a", "b");
        const prefer = [["a", "A is better"], ["b", "B is better"], ["none", "No difference"]].map(([n, label]) => make("button", { type: "button", disabled: true, onclick: () => vote(n) }, label));
        const begin = make("button", { type: "button", onclick: () => (state.blind ? finish() : first()) }, "Start voting");
        const save = make("button", { type: "button", disabled: true, onclick: () => download("votes.json", { schema: "automaster.votes/1", engine: report.engine, votes }) }, "Save votes (JSON)");
        let won = {};                   /* since the start: by id, and "none" */

        function draw_lot() {
            [state.blind.a, state.blind.b] = coin() ? [one.value, other.value] : [other.value, one.value];
            hear("a");
        }
        function first() {
            const a = masters[one.value], b = masters[other.value];

            if (one.value === other.value)
                said.textContent = "Choose two different ones.";
            else if (a.aim && b.aim && a.aim !== b.aim)
                said.textContent = "These two have different targets: a vote between them would say nothing about how far to go.";
            else {
                won = { none: 0, [one.value]: 0, [other.value]: 0 };
                begin.textContent = "End voting";
                switch_on([...listen, ...prefer], true);
                switch_on([one, other, save], false);
                said.textContent = "Which is which is drawn afresh after each vote. Loudness is matched.";
                blind({ a: one.value, b: other.value, playing: "a", listen }, begin);
                draw_lot();
            }
        }
        function vote(preferred) {
            const a = masters[state.blind.a], b = masters[state.blind.b];

            votes.push({ song: a.song || original.sha256, profile: a.profile || b.profile, preferred, a: a.amounts, b: b.amounts });
            won[preferred === "none" ? "none" : state.blind[preferred]]++;
            said.textContent = `${votes.length} ${votes.length === 1 ? "vote" : "votes"}. Which won is shown at the end.`;
            draw_lot();
        }
        function finish() {
            const name = (list) => list.selectedOptions[0].textContent;

            begin.textContent = "Start voting";
            switch_on([...listen, ...prefer], false);
            switch_on([one, other], true);
            save.disabled = !votes.length;
            said.textContent = `Better: ${name(one)} ${won[one.value]}, ${name(other)} ${won[other.value]}, no difference ${won.none}.` +
                (same_amounts(masters[one.value], masters[other.value]) ? " They went equally far, so a profile learns nothing from it." : "");
            blind(null);
        }
        starts.push(begin);
        root.append(make("details", { class: "box" }, make("summary", {}, "Blind vote"),
            make("p", { class: "hint" }, "Which of two is better, without knowing which is which? ", make("code", {}, "automaster profile tune NAME --fit-to votes.json"), " learns from the saved votes how far to go."),
            make("div", { class: "bar" }, ...(known.length > 2 ? [make("span", { class: "label" }, "Between"), one, other] : []), begin),
            make("div", { class: "bar" }, ...listen, ...prefer, save), said));
        return { votes };
    }

    const masters = Object.assign({ original: { amounts: { tone: 0, dynamics: 0, width: 0, loudness: 0 }, profile: "" } }, page.masters);
    const known = songs.filter((a) => masters[a.id] && masters[a.id].amounts && typeof a.lufs === "number");
    const abx = songs.length > 1 ? blind_test() : null, poll = known.length > 1 ? voting(masters, known) : null;

    if (!poll && page.no_vote)
        root.append(make("details", { class: "box" }, make("summary", {}, "Blind vote"),
            make("p", {}, page.no_vote, " The blind test above tells whether they sound different."),
            make("p", { class: "hint" }, "A vote teaches a profile how far to go. It takes two masters of one song with one target, or a master and its original, with the reports where ", make("code", {}, "automaster"), " left them, beside the masters.")));
    show();
    pending = decode_all(index);
    pending.then((all) => { buffers = all; draw(); }, (e) => { root.append(make("p", { class: "absent" }, "This browser cannot decode the excerpts: " + e.message)); });
    return {
        index, state, play, pause, seek, loop, pick, redraw: draw, abx, poll, ready: () => pending,
        jump(song_s) {
            const t = song_s - original.start_s;

            if (t < 0 || t > length)
                return false;
            if (state.loop && (t < state.loop.start || t >= state.loop.end))
                state.loop = null;
            seek(Math.max(0, t - 0.5));
            return true;
        },
    };
}

return { open, graph, weights, applied, decode_all, page_rate, chance };
})();
