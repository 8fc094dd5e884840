// check.cjs PACKAGES WORK - drive Chromium over the pages that run made; see there
"use strict";
const fs = require("fs"), path = require("path"), { execFileSync } = require("child_process"), { createRequire } = require("module");
const [packages, work, rewrite] = process.argv.slice(2);
const need = createRequire(path.join(packages, "package.json"));
const { chromium } = need("playwright-core");
const axe = fs.readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required"];

let passed = 0, failed = 0;
function check(good, what, found) {
    if (good)
        passed++;
    else {
        failed++;
        console.log(`FAILED ${what}${found === undefined ? "" : ": " + JSON.stringify(found).slice(0, 600)}`);
    }
}
const read = (name) => JSON.parse(fs.readFileSync(path.join(work, name), "utf8"));

async function open(browser, name, options) {
    const context = await browser.newContext(Object.assign({ viewport: { width: 1280, height: 900 } }, options));
    const page = await context.newPage(), said = [], asked = [];

    await context.setOffline(true);
    page.on("console", (m) => said.push(`${m.type()}: ${m.text()}`));
    page.on("pageerror", (e) => said.push(`error: ${e.message}`));
    page.on("dialog", (d) => { said.push("dialog: " + d.message()); d.dismiss(); });
    page.on("request", (r) => asked.push(r.url()));
    await page.goto("file://" + path.join(work, name));
    await page.evaluate(() => window.automaster && window.automaster.player.ready && window.automaster.player.ready());
    return { page, context, said, asked };
}

function check_quiet(opened, name) {
    check(opened.said.length === 0, `${name}: nothing on the console`, opened.said);
    check(opened.asked.length === 1 && opened.asked[0].startsWith("file:"), `${name}: no request but the page itself`, opened.asked.slice(1));
}

// Every number that a chart draws, and that its table shows, is one of the report's.
async function check_charts(page, report, name) {
    const drawn = await page.evaluate(() => window.automaster.charts.map((c) => {
        c.fill();
        return { name: c.name, x: c.x, series: c.series.map((s) => ({ label: s.label, values: s.values })), plotted: c.plot.data.slice(-c.series.length).map((v) => Array.from(v)),
            rows: Array.from(c.holder.parentElement.querySelectorAll("table.grid tbody tr"), (tr) => Array.from(tr.children, (td) => td.textContent)) };
    }));
    const weighed = (part) => part.mean_db.map((v, k) => (part.weight[k] === 0 ? null : v));
    const add = (a, b) => a.map((v, k) => (v === null || b[k] === null ? null : +(v + b[k]).toFixed(6)));
    const gain = (trace) => (trace && trace.reduction_db && trace.reduction_db.some((v) => v) ? trace.reduction_db.map((v) => (v === null ? null : 0 - v)) : null);
    const tone = report.evidence.tone, width = report.evidence.width;
    const wanted = {
        spectrum: { target: weighed(report.target.tone), before: report.before.mid.mean_db, after: report.after.mid.mean_db },
        eq: { "wanted, mid": tone.wanted_db, "applied, mid": tone.applied_db, "applied, side": width && add(tone.applied_db, width.applied_db) },
        waveform: { after: report.after.overview.high, "after, low": report.after.overview.low, before: report.before.overview.high, "before, low": report.before.overview.low },
        loudness: { before: report.before.overview.short_term_lufs, after: report.after.overview.short_term_lufs },
        reduction: { leveller: gain(report.leveller), compressor: gain(report.compressor), "clip stage": gain(report.clip), limiter: gain(report.limiter) },
        width: { target: report.target.width && weighed(report.target.width), before: report.before.stereo.band_width_db, after: report.after.stereo.band_width_db },
        correlation: { before: report.before.stereo.band_correlation, after: report.after.stereo.band_correlation },
    };
    let numbers = 0;

    for (const [chart, series] of Object.entries(wanted)) {
        const found = drawn.find((d) => d.name === chart);

        check(found, `${name}: chart ${chart} is there`);
        for (const [label, values] of Object.entries(series)) {
            const at = found ? found.series.findIndex((s) => s.label === label) : -1;

            if (!values)
                continue;
            check(at >= 0, `${name}: ${chart} has ${label}`);
            if (at < 0)
                continue;
            numbers += values.length;
            check(JSON.stringify(found.series[at].values) === JSON.stringify(values), `${name}: ${chart}, ${label} equals the report`);
            if (chart !== "spectrum")
                check(JSON.stringify(found.plotted[at]) === JSON.stringify(values), `${name}: ${chart}, ${label} is what is plotted`);
            const wrong = values.findIndex((v, k) => typeof v === "number" && !(Math.abs(parseFloat(found.rows[k][at + 1].replace("\u2212", "-")) - v) <= 0.00501));
            check(wrong < 0 && found.rows.length === values.length, `${name}: table of ${chart}, ${label}`, wrong >= 0 ? [found.rows[wrong], values[wrong]] : found.rows.length);
        }
    }
    check(numbers > 1000, `${name}: charts hold numbers`, numbers);
    const spectrum = drawn.find((d) => d.name === "spectrum");
    check(JSON.stringify(spectrum.x) === JSON.stringify(report.band_hz), `${name}: bands equal the report's`);
    const histogram = drawn.find((d) => d.name === "histogram");
    for (const s of histogram.series) {
        const sum = s.values.reduce((a, b) => a + b, 0);
        check(Math.abs(sum - 100) < 2.0, `${name}: histogram of ${s.label} sums to 100 %`, sum);
    }
}

// Render the player's own graph: plays what from the time at on, switching at the times of steps. Returns both channels.
async function render(page, seconds, first, steps, view = "stereo", same = false) {
    const channels = await page.evaluate(async ([seconds, first, steps, view, same]) => {
        const P = window.automasterPlayer, index = window.automaster.index, rate = P.page_rate(index);
        window.decoded = window.decoded || await P.decode_all(index);
        const buffers = Object.assign({}, window.decoded, same ? { master: window.decoded.original } : {});
        const context = new OfflineAudioContext(2, Math.round(seconds * rate), rate), graph = P.graph(context, index, buffers);

        graph.set(P.weights(index, first.what, first.matched), view, 0, true);
        graph.begin(0, 0, { start: 0, end: 1e9 });
        for (const s of steps)
            context.suspend(s.at).then(() => { graph.set(P.weights(index, s.what, s.matched), view, context.currentTime, false); context.resume(); });
        const out = await context.startRendering();
        return [0, 1].map((c) => { const bytes = new Uint8Array(out.getChannelData(c).buffer); let text = ""; for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768)); return btoa(text); });
    }, [seconds, first, steps, view, same]);
    return channels.map((text) => { const b = Buffer.from(text, "base64"); return new Float32Array(b.buffer, b.byteOffset, b.length / 4); });
}

function write_wav(name, channels, rate) {
    const frames = channels[0].length, file = Buffer.alloc(44 + frames * 8);

    file.write("RIFF", 0);
    file.writeUInt32LE(36 + frames * 8, 4);
    file.write("WAVEfmt ", 8);
    [[16, 16, 4], [20, 3, 2], [22, 2, 2], [24, rate, 4], [28, rate * 8, 4], [32, 8, 2], [34, 32, 2]].forEach(([at, v, n]) => file.writeUIntLE(v, at, n));
    file.write("data", 36);
    file.writeUInt32LE(frames * 8, 40);
    for (let n = 0; n < frames; n++)
        for (let c = 0; c < 2; c++)
            file.writeFloatLE(channels[c][n], 44 + 8 * n + 4 * c);
    fs.writeFileSync(path.join(work, name), file);
}
const loudness = (name) => JSON.parse(execFileSync(process.env.AUTOMASTER, ["analyze", "--json", path.join(work, name)], { maxBuffer: 1 << 26 })).loudness.integrated_lufs;

async function check_sound(page) {
    const { rate, ids, seconds, drive } = await page.evaluate(() => ({ rate: window.automasterPlayer.page_rate(window.automaster.index), ids: window.automaster.index.map((a) => a.id),
        seconds: window.automaster.index[0].duration_s, drive: window.automaster.report.plan.drive_db + window.automaster.report.plan.trim_db }));
    const matched = {};

    check(["original", "master", "reference-1", "delta-tone", "delta-limiter"].every((id) => ids.includes(id)), "the player has original, master, reference and stages", ids);
    for (const id of ["original", "master", "reference-1"]) {
        write_wav("heard.wav", await render(page, Math.min(seconds, id === "reference-1" ? 12 : 30), { what: id, matched: true }, []), rate);
        matched[id] = loudness("heard.wav");
    }
    const all = Object.values(matched);
    check(Math.max(...all) - Math.min(...all) <= 0.1, "loudness is matched within 0.1 LU", matched);

    // As delivered, the master is the file's own samples.
    const master = await render(page, 2, { what: "master", matched: false }, []), original = await render(page, 2, { what: "original", matched: false }, []);
    const file = fs.readFileSync(path.join(work, "song_master.wav")), start = await page.evaluate(() => window.automaster.index.find((a) => a.id === "master").start_s);
    const data = file.indexOf("data") + 8, sample = (n, c) => file.readIntLE(data + 6 * (Math.round(start * rate) + n) + 3 * c, 3) / 8388608;
    let worst = 0;
    for (let n = 0; n < 2 * rate; n++)
        for (let c = 0; c < 2; c++)
            worst = Math.max(worst, Math.abs(master[c][n] - sample(n, c)));
    check(worst === 0, "as delivered, the master plays sample for sample", worst);

    // original * drive + contributions = master
    const parts = [];
    for (const id of ids.filter((i) => i.startsWith("delta-")))
        parts.push(await render(page, 2, { what: id, matched: false }, []));
    let power = 0, error = 0;
    for (let n = 0; n < 2 * rate; n++) {
        const sum = original[0][n] * Math.pow(10, drive / 20) + parts.reduce((s, p) => s + p[0][n], 0);
        power += master[0][n] ** 2;
        error += (sum - master[0][n]) ** 2;
    }
    check(10 * Math.log10(error / power) < -60, "original, driven, plus what the stages did is the master, dB", 10 * Math.log10(error / power));

    // Switching goes from the one to the other along a straight line, without a jump.
    const switched = await render(page, 1, { what: "original", matched: true }, [{ at: 0.5, what: "master", matched: true }]);
    const a = await render(page, 1, { what: "original", matched: true }, []), b = await render(page, 1, { what: "master", matched: true }, []);
    let jump = 0, begin = -1, end = -1;
    for (let n = 1; n < rate; n++) {
        const limit = Math.max(Math.abs(a[0][n] - a[0][n - 1]), Math.abs(b[0][n] - b[0][n - 1])) + Math.abs(a[0][n] - b[0][n]) / (0.010 * rate);
        jump = Math.max(jump, Math.abs(switched[0][n] - switched[0][n - 1]) - limit);
        if (switched[0][n] !== a[0][n] && begin < 0)
            begin = n;
        if (Math.abs(switched[0][n] - b[0][n]) > 1e-7)
            end = n;
    }
    check(jump < 1e-6, "no jump at a switch", jump);
    check(begin >= 0.5 * rate - 1 && end - begin > 0.008 * rate && end - begin < 0.02 * rate, "a switch is a ramp of about 12 ms", [begin, end]);

    // Views, differences.
    const null_same = await render(page, 2, { what: "difference", matched: false }, [], "stereo", true);
    check(null_same.every((c) => c.every((v) => v === 0)), "identical files null to zero");
    const difference = await render(page, 1, { what: "difference", matched: false }, []);
    let off = 0;
    for (let n = 0; n < rate; n++)
        off = Math.max(off, Math.abs(difference[0][n] - (master[0][n] - original[0][n])));
    check(off < 1e-6, "the difference is master minus original", off);
    const mono = await render(page, 1, { what: "master", matched: false }, [], "mono"), side = await render(page, 1, { what: "master", matched: false }, [], "side");
    let wrong = 0;
    for (let n = 0; n < rate; n++)
        wrong = Math.max(wrong, Math.abs(mono[0][n] - (master[0][n] + master[1][n]) / 2), Math.abs(mono[1][n] - mono[0][n]), Math.abs(side[0][n] - (master[0][n] - master[1][n]) / 2));
    check(wrong < 1e-6, "mono and side", wrong);
}

async function check_keys(page) {
    const pressed = () => page.evaluate(() => Array.from(document.querySelectorAll("#player button[aria-pressed=true]"), (b) => b.textContent.trim()));
    const reached = new Set();

    await page.evaluate(() => document.activeElement.blur());
    for (let i = 0; i < 70; i++) {
        await page.keyboard.press("Tab");
        reached.add(await page.evaluate(() => { const e = document.activeElement; return e.tagName + " " + (e.getAttribute("aria-label") || e.textContent).trim().slice(0, 24); }));
    }
    for (const name of ["Original", "Master", "Difference", "Play", "Loudest second", "Loudness matched", "Mono", "Position in the excerpt", "Blind test", "Data", "Copy the plan"])
        check([...reached].some((r) => r.includes(name)), `Tab reaches ${name}`, [...reached]);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("1");
    check((await pressed()).some((t) => t.startsWith("Original")), "1 plays the original", await pressed());
    await page.keyboard.press("2");
    check((await pressed()).some((t) => t.startsWith("Master")), "2 plays the master", await pressed());
    await page.keyboard.press("d");
    check(!(await pressed()).some((t) => t.startsWith("Loudness matched")), "d plays as delivered", await pressed());
    check((await page.textContent("#player .sources")).match(/Master 20\.0 dB/), "as delivered shows 0 dB", await page.textContent("#player .sources"));
    await page.keyboard.press("d");
    await page.keyboard.press("m");
    check((await pressed()).includes("Mono"), "m is mono", await pressed());
    await page.keyboard.press("m");
    await page.focus(".wave");
    await page.keyboard.press("Home");
    await page.keyboard.press("PageUp");
    check((await page.getAttribute(".wave", "aria-valuenow")) === "5", "keys move the position", await page.getAttribute(".wave", "aria-valuenow"));
    await page.keyboard.press("[");
    check(await page.evaluate(() => Math.abs(window.automaster.player.state.loop.start - 5) < 0.01), "[ begins a loop");
    await page.keyboard.press("Escape");
    check(await page.evaluate(() => window.automaster.player.state.loop === null), "Escape ends it");
    const box = await page.locator(".wave").boundingBox();
    await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 4 });
    await page.mouse.up();
    const loop = await page.evaluate(() => window.automaster.player.state.loop);
    check(loop && Math.abs(loop.start - 7.5) < 0.2 && Math.abs(loop.end - 15) < 0.2, "dragging makes a loop", loop);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press(" ");
    await page.waitForFunction(() => window.automaster.player.state.playing, null, { timeout: 5000 }).then(() => check(true), () => check(false, "Space plays"));
    await page.keyboard.press(" ");
    check(await page.evaluate(() => !window.automaster.player.state.playing), "Space pauses");
    await page.keyboard.press("Escape");
    const marks = await page.locator(".tick").count();
    if (marks) {
        await page.locator(".tick").first().press("Enter");
        check((await page.textContent("#timeline [role=status]")).length > 10, "a mark says what it is");
    }
}

// Leveller, compressor, clip stage and limiter all worked: each has a line, a legend entry, a column and a sentence.
async function check_stages(page, report) {
    const drawn = await page.evaluate(() => { const c = window.automaster.charts.find((x) => x.name === "reduction"), figure = c.holder.parentElement;
        c.fill();
        return { x: [c.plot.scales.x.min, c.plot.scales.x.max], wave: [window.automaster.charts[window.automaster.charts.findIndex((x) => x.name === "waveform")].plot.scales.x.min], names: c.series.map((s) => s.label), legend: Array.from(figure.querySelectorAll(".u-legend th"), (e) => e.textContent.trim()).filter(Boolean),
            head: Array.from(figure.querySelectorAll("table.grid thead th"), (e) => e.textContent), y: [c.plot.scales.y.min, c.plot.scales.y.max], said: figure.textContent, colours: new Set(c.plot.series.slice(1).map((s) => s.stroke())).size }; });
    const names = ["leveller", "compressor", "clip stage", "limiter"], rides = report.leveller.reduction_db;

    await check_series(page, "all stages", "reduction", [["leveller", report.leveller], ["compressor", report.compressor], ["clip stage", report.clip], ["limiter", report.limiter]].map(([name, t]) => [name, t.reduction_db.map((v) => 0 - v)]));
    check(same(drawn.names, names) && names.every((n) => drawn.legend.includes(n) && drawn.head.includes(n)) && drawn.colours === 4, "every stage that worked is drawn, in the legend and in the table", drawn);
    check(rides.some((v) => v > 0.5) && rides.some((v) => v < -0.5) && drawn.y[1] > 0.5 && drawn.said.includes("The leveller moves by"), "a leveller that lifts is drawn above 0", [drawn.y, drawn.said.slice(0, 300)]);
    check(drawn.x[0] === 0 && Math.abs(drawn.x[1] - report.before.duration_s) < 1e-6 && drawn.wave[0] === 0, "gain lies on the time of the song", drawn.x);
    check(same(await page.evaluate(() => window.automaster.index.filter((a) => a.kind === "delta").map((a) => a.name)), ["Leveller, compressor", "Clip, limiter"]), "what the player plays is named after the stages that are on");
}

async function check_blind(page) {
    await page.evaluate(() => { document.querySelector("details.box").open = true; });
    await page.getByRole("button", { name: "Start the test" }).click();
    for (let i = 0; i < 10; i++) {
        const x = await page.evaluate(() => { const b = window.automaster.player.state.blind; return b.x === b.a ? "A" : "B"; });
        await page.getByRole("button", { name: i ? `X is ${x}` : `X is ${x === "A" ? "B" : "A"}` }).click();
    }
    await page.getByRole("button", { name: "End the test" }).click();
    const wait = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the result" }).click();
    const saved = JSON.parse(fs.readFileSync(await (await wait).path(), "utf8"));
    check(saved.schema === "automaster.abx/1" && saved.correct === 9 && saved.trials.length === 10, "the blind test counts", saved);
    check(Math.abs(saved.p_value - 11 / 1024) < 1e-12, "p-value of 9 of 10 is 11/1024", saved.p_value);
    check(/^[0-9a-f]{64}$/.test(saved.a.sha256), "the result names the files", saved.a);
    await page.evaluate(() => { window.automaster.player.pause(); document.querySelector("details.box").open = false; });
}

// The second of pair wins every round but the first, which is left open; all by keyboard.
async function check_votes(page, name, pair, song, profile, amounts) {
    const ROUNDS = 24, press = async (button) => { await page.getByRole("button", { name: button }).focus(); await page.keyboard.press("Enter"); };
    const blind = () => page.evaluate(() => { const { a, b, playing } = window.automaster.player.state.blind; return { a, b, playing }; });
    const first = new Set(), earlier = await page.evaluate(() => window.automaster.player.poll.votes.length);

    await page.evaluate(() => { document.querySelectorAll("#player details").forEach((d) => { d.open = d.textContent.startsWith("Blind vote"); }); });
    if (await page.getByLabel("The other", { exact: true }).count()) {
        await page.getByLabel("One", { exact: true }).selectOption(pair[0]);
        await page.getByLabel("The other", { exact: true }).selectOption(pair[1]);
    }
    await press("Start voting");
    check(await page.evaluate(() => !document.querySelector("#player .sources").textContent.includes("dB") && Array.from(document.querySelectorAll("#player .sources button")).every((b) => b.disabled)), `${name}: a vote is blind`);
    check(await page.evaluate(() => Array.from(document.querySelectorAll("#player button")).filter((b) => b.textContent.startsWith("Start")).every((b) => b.disabled)), `${name}: one blind test at a time`);
    await page.keyboard.press("b");
    check((await blind()).playing === "b" && (await page.getByRole("button", { name: "Hear B" }).getAttribute("aria-pressed")) === "true", `${name}: b plays B`);
    for (let i = 0; i < ROUNDS; i++) {
        const now = await blind();

        first.add(now.a);
        check(same([now.a, now.b].sort(), pair.slice().sort()), `${name}: the pair is what was chosen`, now);
        await press(i === 0 ? "No difference" : now.a === pair[1] ? "A is better" : "B is better");
    }
    check(first.size === 2, `${name}: either may be A`);
    await press("End voting");
    const wait = page.waitForEvent("download");
    await press("Save votes");
    const download = await wait, file = path.join(work, "votes.json");
    await download.saveAs(file);
    check(download.suggestedFilename() === "votes.json", `${name}: votes.json is saved`, download.suggestedFilename());
    const saved = read("votes.json"), wins = saved.votes.slice(earlier).filter((v, i) => same([v.a, v.b].map((x) => JSON.stringify(x)).sort(), pair.map((id) => JSON.stringify(amounts[id])).sort()) &&
        v.song === song && v.profile === profile && (i === 0 ? v.preferred === "none" : same(v[v.preferred], amounts[pair[1]])));
    check(saved.votes.length === earlier + ROUNDS && wins.length === ROUNDS, `${name}: every vote is saved with what was heard`, saved);
    const told = await page.evaluate(() => Array.from(document.querySelectorAll("#player [role=status]"), (p) => p.textContent).join(" "));
    check(new RegExp(`Better: .* (0, .* ${ROUNDS - 1}|${ROUNDS - 1}, .* 0), no difference 1\\.`).test(told), `${name}: which won is told at the end`, told);
    const run = (program, ...args) => { try { return execFileSync(program, args, { env: Object.assign({}, process.env, { XDG_DATA_HOME: path.join(work, "data") }), stdio: "pipe" }).toString(); } catch (e) { return `failed: ${e.stderr}`; } };
    const valid = run(path.join(__dirname, "..", "schema_test"), path.join(__dirname, "../../docs/schema/votes.schema.json"), file), tuned = run(process.env.AUTOMASTER, "profile", "tune", "house", "--fit-to", file, "--as", "mine", "-f", "--json");
    check(!valid.startsWith("failed"), `${name}: the votes are what the schema says`, valid);
    check(!tuned.startsWith("failed") && (earlier || Object.entries(JSON.parse(tuned).amounts).every(([k, v]) => Math.abs(v - amounts[pair[1]][k]) < Math.abs(v - amounts[pair[0]][k]))),
        `${name}: a profile learns from them`, tuned);
    await page.evaluate(() => { window.automaster.player.pause(); document.querySelectorAll("#player details").forEach((d) => { d.open = false; }); });
}
const UNMASTERED = { tone: 0, dynamics: 0, width: 0, loudness: 0 };
const votable = (page) => page.evaluate(() => Boolean(window.automaster.player.poll));

async function check_access(page, name) {
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = d.closest("#eq, #player") !== null; }));
    const cdp = await page.context().newCDPSession(page);            /* the policy of the page lets nobody else's script in */
    await cdp.send("Runtime.evaluate", { expression: axe });
    const { result } = await cdp.send("Runtime.evaluate", { expression: "axe.run(document).then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120) + n.failureSummary)])))", awaitPromise: true, returnByValue: true });
    check(result.value === "[]", `${name}: axe finds no violation`, result.value || result);
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = false; }));
}

/* ------------------------------------------------------------------ preview and comparison */

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// Series of a page's chart equal what the document says, drawn and in the table.
async function check_series(page, name, chart, wanted) {
    const found = await page.evaluate((chart) => { const c = window.automaster.charts.find((x) => x.name === chart);
        if (!c) return null;
        c.fill();
        return { series: c.series.map((s) => [s.label, s.values]), rows: c.holder.parentElement.querySelectorAll("table.grid tbody tr").length }; }, chart);

    check(found && same(found.series, wanted), `${name}: chart ${chart} equals the document`, found && [found.series.map((s) => s[0]), wanted.map((s) => s[0])]);
    check(found && found.rows === wanted[0][1].length, `${name}: table of ${chart}`, found && found.rows);
}

const WIDTHS = [[1280, "light"], [768, "dark"], [360, "light"]];

async function check_widths(browser, file, name, shots, widths) {
    for (const [width, scheme] of widths) {
        const shown = await open(browser, file, { viewport: { width, height: 900 }, colorScheme: scheme });

        check(await shown.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name}, ${width} px: nothing sticks out`);
        await shown.page.screenshot({ path: path.join(packages, "shots", `${name}-${width}-${scheme}.png`), fullPage: true });
        await check_access(shown.page, `${name}, ${width} px ${scheme}`);
        if (shots)
            await compare_shots(browser, shown.page, `${name}-${width}-${scheme}`);
        check_quiet(shown, `${name}, ${width} px`);
        await shown.context.close();
    }
}

const bare_size = (file) => fs.readFileSync(path.join(work, file), "utf8").replace(/<script type="application\/octet-stream"[^]*?<\/script>/g, "").length;

async function check_preview(browser) {
    const document = read("preview.json"), { page, context, said, asked } = await open(browser, "song_preview.html");
    const curves = (member) => document.variants.filter((v) => v[member] && v[member].some((x) => Math.abs(x) >= 0.2)).map((v) => [v.name, v[member]]);

    await check_access(page, "preview");
    check(bare_size("song_preview.html") < 200000, "a preview is under 200 kB without audio", bare_size("song_preview.html"));
    check(same(await page.evaluate(() => window.automaster.index.map((a) => a.id)), ["original", "variant-1", "variant-2", "variant-3", "reference-1", "reference-2"]), "the player has original, variants, references");
    for (const [chart, member] of [["eq", "tone_db"], ["width", "width_db"]])
        if (curves(member).length)
            await check_series(page, "preview", chart, curves(member));
    const levels = {};
    for (const id of ["original", "variant-1", "variant-2"]) {
        write_wav("heard.wav", await render(page, 30, { what: id, matched: true }, []), 44100);
        levels[id] = loudness("heard.wav");
    }
    check(Math.max(...Object.values(levels)) - Math.min(...Object.values(levels)) <= 0.1, "variants are matched within 0.1 LU", levels);
    const told = await page.evaluate(() => window.automaster.index.find((a) => a.id === "variant-2").lufs);
    write_wav("heard.wav", await render(page, 30, { what: "variant-2", matched: false }, []), 44100);
    check(Math.abs(loudness("heard.wav") - told) < 0.01 && Math.abs(told - document.variants[1].excerpt_lufs) < 0.01, "as delivered, a variant is as loud as the document says", [told, document.variants[1].excerpt_lufs]);
    const plan = await page.evaluate(() => { const d = document.querySelectorAll("#plan details")[1]; d.open = true; return d.querySelector("textarea").value; });
    check(same(JSON.parse(plan), document.variants[1].plan), "the plan to copy is the variant's");
    check((await page.textContent("#table")).includes("loudness=-12"), "the table has the variants");
    await page.keyboard.press("3");
    check(await page.evaluate(() => window.automaster.player.state.what === "variant-2"), "a key picks a variant");
    await page.evaluate(() => { document.querySelector("details.box").open = true; });
    const pair = await page.evaluate(() => Array.from(document.querySelectorAll("#player select"), (s) => [s.value, s.options.length]));
    check(same(pair, [["original", 6], ["variant-2", 6], ["original", 4], ["variant-2", 4]]), "any two can be told apart blindly, original and variants be voted on", pair);
    await check_votes(page, "preview", ["variant-2", "variant-1"], document.sha256, "", { "variant-1": document.variants[0].amounts, "variant-2": document.variants[1].amounts });
    await check_votes(page, "preview, original", ["original", "variant-1"], document.sha256, "", { original: UNMASTERED, "variant-1": document.variants[0].amounts });
    await page.evaluate(() => { document.querySelectorAll("#player details").forEach((d) => { d.open = d.textContent.startsWith("Blind vote"); }); });
    await page.getByLabel("One", { exact: true }).selectOption("variant-3");
    await page.getByRole("button", { name: "Start voting" }).click();
    check((await page.textContent("#player")).includes("different targets") && await page.evaluate(() => window.automaster.player.state.blind === null), "no vote between two targets");
    check(await page.evaluate(() => document.images.length === 0 && document.querySelectorAll("b").length === 0), "hostile words make no elements");
    check_quiet({ said, asked }, "preview");
    await context.close();
    await check_widths(browser, "song_preview.html", "preview", false, WIDTHS.slice(1));
}

// Two masters of one song.
async function check_pairs(browser) {
    const half = read("half.json"), full = read("song_master.json"), house = read("named.json"), name = (page, label) => page.getByLabel(label, { exact: true }).evaluate((s) => s.selectedOptions[0].textContent);
    const halves = await open(browser, "halves.html");

    check(await name(halves.page, "A") === "half.wav" && await name(halves.page, "B") === "song_master.wav", "files are told apart by name, not by letters that the blind test has, too");
    await check_votes(halves.page, "two masters", ["original", "master"], full.input.sha256, "", { original: half.amounts, master: full.amounts });
    check(/Better: half.wav 0, song_master.wav 23/.test(await halves.page.textContent("#player")), "the file that won is named", await halves.page.textContent("#player"));
    check_quiet(halves, "two masters");
    await halves.context.close();
    const origin = await open(browser, "origin.html");
    await check_votes(origin.page, "a master and its original", ["original", "master"], house.input.sha256, "house", { original: UNMASTERED, master: house.amounts });
    check_quiet(origin, "a master and its original");
    await origin.context.close();
    const aims = await open(browser, "aims.html");
    check(!(await votable(aims.page)) && (await aims.page.textContent("#player")).includes("These two have different targets"), "no vote between masters of two targets");
    check_quiet(aims, "two targets");
    await aims.context.close();
}

async function check_compare(browser) {
    const document = read("compare.json"), { page, context, said, asked } = await open(browser, "compare.html");

    await check_access(page, "comparison");
    check(bare_size("compare.html") < 200000, "a comparison is under 200 kB without audio", bare_size("compare.html"));
    check(document.aligned && document.inverted && Math.abs(document.lag_s - 100 / 44100) < 1e-6 && Math.abs(document.gain_db - 6.02) < 0.05, "lag, polarity and gain are found", [document.lag_s, document.gain_db, document.inverted]);
    check(document.places[0].time_s === 20, "the fault is where they differ most", document.places);
    await check_series(page, "comparison", "spectrum", [["A", document.first.mid_db], ["B", document.second.mid_db]]);
    await check_series(page, "comparison", "difference", [["tone", document.difference.tone_db]]);
    await check_series(page, "comparison", "loudness", [["A", document.timeline.first_lufs], ["B", document.timeline.second_lufs]]);
    await check_series(page, "comparison", "residual", [["residual", document.timeline.residual_db.map((v) => (v > -200 ? v : null))]]);
    const start = await page.evaluate(() => window.automaster.index[0].start_s), left = await render(page, 18 - start, { what: "difference", matched: true }, []);
    let most = 0;
    for (const channel of left)
        for (const v of channel)
            most = Math.max(most, Math.abs(v));
    check(most < 2e-6, "in step and matched, what is the same nulls", most);
    await page.getByRole("button", { name: /^0:20,/ }).click();
    check(await page.evaluate((s) => Math.abs(window.automaster.player.state.position - (19.5 - s)) < 0.01, start), "a place is jumped to");
    check((await page.textContent("#aim")).includes("2.268 ms late, in opposite polarity"), "the lag is told", await page.textContent("#aim"));
    check_quiet({ said, asked }, "comparison");
    await context.close();
    const twin = await open(browser, "same.html");
    const silence = await render(twin.page, 2, { what: "difference", matched: true }, []);
    check(silence.every((c) => c.every((v) => v === 0)), "the same file twice nulls to zero");
    check((await twin.page.title()).includes("<script>alert(1)<!--"), "a hostile name is shown as it is", await twin.page.title());
    check_quiet(twin, "the same twice");
    await twin.context.close();
    const other = await open(browser, "other.html");
    check((await other.page.textContent("#aim")).includes("Not aligned: the rates differ"), "why nothing is aligned is told", await other.page.textContent("#aim"));
    check(await other.page.evaluate(() => !document.querySelector("#player").textContent.includes("Difference") && window.automaster.charts.length >= 3), "no difference of what is not aligned");
    check(!(await votable(other.page)), "nobody votes on files whose amounts are not known");
    check((await other.page.textContent("#player")).includes("How far song.wav went is not known: there is no report beside it (song.json)."), "why nobody can vote is told", await other.page.textContent("#player"));
    check_quiet(other, "other programmes");
    await other.context.close();
    await check_pairs(browser);
    await check_widths(browser, "compare.html", "compare", false, WIDTHS.slice(1));
}

/* ------------------------------------------------------------------ pictures of the sections */

const PARTS = ["header.page", "#numbers", "#listen", "#tone", "#time", "#stereo", "#dynamics", "#services"], CELL = [96, 64];

// Every section as a picture of 96 x 64, one below the other; the heights of the sections beside it.
async function sheet_of(browser, page) {
    const shots = [], heights = [];

    for (const part of PARTS) {
        const box = await page.locator(part).first().boundingBox();

        heights.push(Math.round(box.height));
        shots.push((await page.locator(part).first().screenshot()).toString("base64"));
    }
    const blank = await browser.newPage();
    const url = await blank.evaluate(async ([shots, w, h]) => {
        const sheet = document.createElement("canvas"), c = sheet.getContext("2d");

        sheet.width = w;
        sheet.height = h * shots.length;
        c.imageSmoothingQuality = "high";
        for (let i = 0; i < shots.length; i++) {
            const image = new Image();
            image.src = "data:image/png;base64," + shots[i];
            await image.decode();
            c.drawImage(image, 0, i * h, w, h);
        }
        return sheet.toDataURL("image/png");
    }, [shots, ...CELL]);
    await blank.close();
    return { png: Buffer.from(url.split(",")[1], "base64"), heights };
}

// Of each section the largest and the mean difference of blocks of 8 x 8, in levels of 255.
async function differences(browser, a, b) {
    const blank = await browser.newPage();
    const found = await blank.evaluate(async ([a, b, w, h]) => {
        const blocks = async (text) => {
            const image = new Image(), canvas = document.createElement("canvas"), c = canvas.getContext("2d"), out = [];
            image.src = "data:image/png;base64," + text;
            await image.decode();
            canvas.width = image.width;
            canvas.height = image.height;
            c.drawImage(image, 0, 0);
            for (let y = 0; y + 8 <= image.height; y += 8)
                for (let x = 0; x + 8 <= w; x += 8) {
                    const data = c.getImageData(x, y, 8, 8).data;
                    let sum = 0;
                    for (let i = 0; i < data.length; i += 4)
                        sum += (data[i] + data[i + 1] + data[i + 2]) / 3;
                    out.push(sum / 64);
                }
            return out;
        };
        const one = await blocks(a), two = await blocks(b), per = (w / 8) * (h / 8), result = [];
        for (let i = 0; i + per <= Math.min(one.length, two.length); i += per) {
            const d = one.slice(i, i + per).map((v, k) => Math.abs(v - two[i + k]));
            result.push([Math.max(...d), d.reduce((s, v) => s + v, 0) / per]);
        }
        return result;
    }, [a.toString("base64"), b.toString("base64"), ...CELL]);
    await blank.close();
    return found;
}
const alike = (d) => d[0] <= 48 && d[1] <= 8;

async function compare_shots(browser, page, name) {
    const folder = path.join(__dirname, "shots"), picture = path.join(folder, name + ".png"), sheet = await sheet_of(browser, page);

    if (rewrite) {
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(picture, sheet.png);
        fs.writeFileSync(path.join(folder, name + ".json"), JSON.stringify(sheet.heights) + "\n");
    }
    const kept = fs.readFileSync(picture), heights = JSON.parse(fs.readFileSync(path.join(folder, name + ".json"), "utf8"));
    const found = await differences(browser, sheet.png, kept);
    check(found.length === PARTS.length, `${name}: every section has a picture`, found.length);
    found.forEach((d, i) => {
        check(alike(d), `${name}: ${PARTS[i]} looks as it did (largest and mean difference)`, d);
        check(Math.abs(sheet.heights[i] / heights[i] - 1) < 0.25, `${name}: ${PARTS[i]} is as high as it was`, [sheet.heights[i], heights[i]]);
    });
    // A chart that is gone is noticed.
    await page.evaluate(() => { document.querySelectorAll("#tone .plot, #time .plot, #listen .wave").forEach((e) => { e.style.visibility = "hidden"; }); });
    const broken = await differences(browser, (await sheet_of(browser, page)).png, kept);
    check([2, 3, 4].some((i) => !alike(broken[i])), `${name}: a missing chart would be noticed`, broken.slice(2, 5));
}

async function main() {
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args: FLAGS });
    const html = fs.readFileSync(path.join(work, "song_master.html"), "utf8");
    const bare = html.replace(/<script type="application\/octet-stream"[^]*?<\/script>/g, "").length;
    const plain = await open(browser, "song_master.html");

    check(bare < 200000, "the page is under 200 kB without audio", bare);
    await check_charts(plain.page, read("song_master.json"), "plain");
    await check_sound(plain.page);
    await check_keys(plain.page);
    await check_blind(plain.page);
    const report = read("song_master.json");
    await check_votes(plain.page, "report", ["master", "original"], report.input.sha256, "", { original: UNMASTERED, master: report.amounts });
    check_quiet(plain, "plain");
    await plain.context.close();

    await check_widths(browser, "song_master.html", "report", true, WIDTHS);
    await check_preview(browser);
    await check_compare(browser);

    const flat = await open(browser, "flat/song_flat.html");
    const silence = await render(flat.page, 2, { what: "difference", matched: true }, []);
    check(silence.every((c) => c.every((v) => v === 0)), "a master that changes nothing nulls to zero");
    check(!(await votable(flat.page)), "nobody votes on a plan that was applied");
    check_quiet(flat, "flat");
    await flat.context.close();

    const stages = await open(browser, "stages/song_stages.html"), worked = read("stages/song_stages.json");
    await check_stages(stages.page, worked);
    check_quiet(stages, "all stages");
    await stages.context.close();

    const hostile = await open(browser, "hostile.html");
    check((await hostile.page.title()).includes("<script>alert(1)<!--"), "a hostile name is shown as it is", await hostile.page.title());
    check(await hostile.page.evaluate(() => document.images.length === 0 && document.querySelectorAll("script").length === 6 + window.automaster.index.length + 1), "hostile words make no elements");
    check((await hostile.page.textContent("main")).includes("</script><img src=x onerror="), "hostile words are shown as they are");
    check_quiet(hostile, "hostile");
    await hostile.context.close();

    const named = await open(browser, "named.html"), house = read("named.json");
    await check_votes(named.page, "profile", ["original", "master"], house.input.sha256, "house", { original: UNMASTERED, master: house.amounts });
    check_quiet(named, "profile");
    await named.context.close();

    const gone = await open(browser, "gone/song_master.html");
    const told = await gone.page.textContent("#player");
    check(told.includes("song.wav has changed") && told.includes("song_master.wav was not found") && told.includes("ref.wav was not found"), "missing files are told", told);
    check(await gone.page.evaluate(() => window.automaster.charts.length >= 8), "the charts are there without audio");
    check_quiet(gone, "gone");
    await gone.context.close();

    const edited = await open(browser, "edited.html");
    check((await edited.page.textContent("#verdict")).includes("cannot be shown"), "what is missing is told", await edited.page.textContent("#verdict"));
    check(await edited.page.evaluate(() => window.automaster.charts.some((c) => c.name === "spectrum") && window.automaster.charts.some((c) => c.name === "histogram")), "the other charts are there");
    check(!(await votable(edited.page)), "nobody votes on amounts that are none");
    check_quiet(edited, "edited");
    await edited.context.close();

    const dry = await open(browser, "dry.html");
    check((await dry.page.textContent("#verdict")).includes("dry run"), "a dry run says so", await dry.page.textContent("#verdict"));
    check_quiet(dry, "dry run");
    await dry.context.close();
    await browser.close();
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
}
main().catch((e) => { console.log("FAILED " + e.stack); console.log(`${passed} passed, ${failed + 1} failed`); process.exit(1); });
