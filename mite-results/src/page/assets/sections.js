// The sections of the page.
const cells = (tag, values, numeric) => values.map((v, k) => el(k || tag === "td0" ? "td" : "th", { class: numeric.includes(k) ? "n" : null, scope: k || tag === "td0" ? null : "row" }, v));
function table(caption, head, rows, numeric) {
  return scrolled(el("table", {}, el("caption", { class: "hidden" }, caption),
    el("thead", {}, el("tr", {}, head.map((h, k) => el("th", { scope: "col", class: numeric.includes(k) ? "n" : null }, h)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, cells("th", row, numeric))))));
}
const value = (v, unit) => v === null || v === undefined ? "no samples" : unit === "s" ? time(v) : unit === "share" ? percent(v) : unit === "per_s" ? digits(v) + "/s" : Number.isInteger(v) ? whole(v) : digits(v);
const chip = (ok) => el("span", { class: ok ? "chip good" : "chip bad" }, (ok ? "✓ kept" : "✗ broken") + (view.running ? " so far" : ""));

function verdict(view) {
  const { doc } = view.run, v = doc.verdict, running = v.ended_by === "running";
  const word = running ? "RUNNING" : v.validity === "invalid" ? "INVALID" : v.passed ? "PASSED" : "FAILED";
  const state = running ? "now" : v.passed ? (v.validity === "valid" ? "good" : "warn") : "bad";
  const total = view.run.total(), f = total && view.run.figures(total, null), moment = (s) => clock(s, s < 10);
  const without = f && f.count > 0 && f.failed === f.count && total.kind === "all_requests";
  const tiles = [
    ["load", moment(running ? view.run.length : doc.run.load_s ?? doc.run.elapsed_s), doc.run.planned_s ? "of " + moment(doc.run.planned_s) + " planned" : "no end planned"],
    [total ? (total.kind === "all_requests" ? "requests" : view.run.title(total).replace("all ", "")) : "requests", f ? whole(f.count) : "0", f && f.rate !== null ? digits(f.rate) + " a second" : ""],
    ["p50 · p99", f && f.count && !without ? time(f.p.p50) : "–", without ? "no response" : f && f.count ? (f.sure(0.99) ? "p99 " + time(f.p.p99) : "max " + time(f.max)) : ""],
    ["journeys failed", doc.totals.journeys.started ? percent(doc.totals.journeys.failed / Math.max(doc.totals.journeys.finished + doc.totals.journeys.failed, 1)) : "–", plural(doc.totals.journeys.errors, "error") + " told"],
    ["generator", v.validity + (running ? " so far" : ""), doc.generator.cpu_share !== null ? "CPU " + percent(doc.generator.cpu_share) : ""],
  ];
  return [
    el("p", { class: "verdict " + state }, el("b", {}, word), running ? null : el("span", {}, why(v) + "exit code " + v.exit_code + ({ signal: ", ended by a signal", limit: ", ended by a limit", fault: ", ended by a fault" }[v.ended_by] || ""))),
    el("ul", { class: "tiles" }, tiles.map(([name, big, more]) => el("li", {}, el("span", {}, name), el("b", {}, big), el("small", {}, more)))),
    view.short.length ? el("div", { id: "short" }, el("h3", {}, "In short"), el("ul", {}, view.short.map((text) => el("li", {}, text.replace(/(\d) (ms|s|%)(?!\w)/g, "$1\u00a0$2"))))) : null,
    v.limits.length ? [el("h3", {}, "Limits"), table("Limits", ["limit", "measured", "bound", "samples", "state"],
      v.limits.map((l) => [l.expression, l.value === null && l.failed ? "no response" : value(l.value, l.unit), value(l.limit, l.unit), whole(l.samples), chip(l.ok)]), [1, 2, 3]),
      v.limits.some((l) => l.unit === "s" && l.failed) ? note("For limits on times a request without a response is slower than any that has one; tables and charts show how long each took until it failed.") : null] : running || doc.searches.length ? null : para("No limits were set."),
    doc.searches.map(search),
    v.reasons.length || v.notes.length ? [el("h3", {}, "What there is to know"), el("ul", {}, [...v.reasons, ...v.notes].map((r) => el("li", {}, r.text)))] : null,
    about(doc),
  ];
}
// Each rate that was held to find the greatest one.
function search(s) {
  const unit = (l) => l.includes("%") ? "share" : /\b(p[\d.]+|mean|min|max)\b/.test(l) ? "s" : "";
  return [el("h3", {}, "Search for the greatest rate of " + s.journey), table("Search", ["a second", "from", ...s.limits, "outcome"],
    s.steps.map((t) => [digits(t.per_s), clock(t.from_s), ...t.values.map((x, k) => value(x, unit(s.limits[k] || ""))), t.outcome === "generator" ? "the generator was late" : t.outcome]), [0, 1])];
}
// The first thing that made it fail.
function why(v) {
  const broken = v.limits.find((l) => !l.ok), more = v.limits.filter((l) => !l.ok).length - 1;
  return broken ? `${broken.expression}: ${broken.value === null && broken.failed ? "no response" : value(broken.value, broken.unit)}${more > 0 ? ` and ${plural(more, "more limit")}` : ""} · ` : "";
}
function about(doc) {
  const r = doc.run, rows = [["test", r.test], ["started", r.started], ["lasted", time(r.elapsed_s)], ["seed", r.seed], ["runners", r.runners],
    ["host", [r.host.name, r.host.cpus && plural(r.host.cpus, "core"), r.host.os, r.host.kernel].filter(Boolean).join(", ")],
    ["mite", doc.tool.version + (doc.tool.profile === "debug" ? " (a debug build)" : "")],
    ...Object.entries(r.labels), ...Object.entries(r.settings).map(([k, v]) => ["--" + k.replaceAll("_", "-"), v])];
  return el("details", {}, el("summary", {}, "What ran, where and with what"), el("dl", {}, rows.filter(([, v]) => v !== null && v !== "").map(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])));
}

function eventsTable(view) {
  const events = view.run.doc.events.filter((e) => !view.range || (e.t_s >= view.range[0] && e.t_s <= view.range[1]));
  const shown = events.slice(0, 200);
  return el("details", { class: "behind" }, el("summary", {}, plural(events.length, "event") + " on the axis"),
    table("Events", ["time", "kind", "what"], shown.map((e) => [clock(e.t_s, view.run.tenths), e.kind, e.text]), []),
    events.length > shown.length ? note("and " + whole(events.length - shown.length) + " more, in the data") : null);
}

function load(view) {
  const run = view.run, w = run.w, [a, b] = run.windows(view.range), d = run.doc;
  if (!run.n) return para("Nothing was measured.");
  const dropped = Object.entries(w.dropped).filter(([, n]) => n.some(Boolean));
  const total = run.main(), counts = total && w.series[total.id].count;
  const sum = (column) => column.slice(a, b).reduce(plus, 0);
  const open = w.scheduled.some(Boolean), closed = w.required.some(Boolean);
  const min = run.column((j) => w.running_min[j], a, b), max = run.column((j) => w.running_max[j], a, b);
  const more = Math.max(...w.running_max.slice(a, b), 0), per = (column) => (j) => digits(column[j] / w.length_s[j]) + "/s";
  const lost = dropped.map(([reason, n]) => [reason, sum(n)]).filter(([, n]) => n);
  const charts = [timeChart(view, {
    key: "running", title: "Journeys in flight", strip: true, words: true, height: 190, note: "The least is looked at once a second.",
    finding: `at most ${whole(more)}` + (closed ? `, asked for ${whole(Math.max(...w.required.slice(a, b)))}` + (open ? " and what arrives" : "") : ""),
    lines: [
      { key: "band", text: "running", class: "c-1", band: [min, max], value: (j) => w.running_min[j] + "–" + w.running_max[j] },
      { key: "max", class: "c-1", steps: max, end: "running" },
      closed && { key: "required", text: "asked for", class: "c-2 dash", steps: run.column((j) => w.required[j], a, b), value: (j) => digits(w.required[j]) },
    ].filter(Boolean),
    table: () => [["from", "running at least", "at most", "asked for"], ...rows(run, a, b, (j) => [w.running_min[j], w.running_max[j], digits(w.required[j])])],
  }), eventsTable(view)];
  const begun = run.rate(w.started, a, b), due = run.rate(w.scheduled, a, b);
  const lateness = open ? [{ key: "scheduled", text: "scheduled", class: "c-2 dash", steps: due, value: per(w.scheduled), end: "scheduled" },
    { key: "gap", text: "dropped", class: "c-bad", band: [due.map(([f, t, v], k) => [f, t, v - dropped.reduce((n, [, c]) => n + c[a + k] / w.length_s[a + k], 0)]), due],
      value: (j) => dropped.map(([r, n]) => n[j] ? `${n[j]} ${r.replaceAll("_", " ")}` : "").filter(Boolean).join(", ") || "0" }] : [];
  charts.push(timeChart(view, {
    key: "starts", title: "Journeys begun a second", strip: true,
    finding: lost.length ? `${lost.map(([r, n]) => `${whole(n)} arrivals dropped (${r.replaceAll("_", " ")})`).join(", ")} of ${whole(sum(w.scheduled))} scheduled`
      : open ? `all ${whole(sum(w.scheduled))} scheduled arrivals began` : `${whole(sum(w.started))} in all`,
    note: open && closed ? "Scheduled are the arrivals of open lines; begun are the journeys of all lines." : null,
    lines: [...lateness, { key: "started", text: "begun", class: "c-1", steps: begun, value: per(w.started), end: "begun" }],
    table: () => [["from", "scheduled", "begun", "dropped"], ...rows(run, a, b, (j) => [w.scheduled[j], w.started[j], dropped.reduce((n, [, c]) => n + c[j], 0)])],
  }));
  if (total) {
    const base = view.base && view.base.main();
    const word = run.title(total).replace("all ", "");
    charts.push(timeChart(view, {
      key: "rate", title: `${word[0].toUpperCase() + word.slice(1)} ended a second`, strip: true,
      finding: `${digits(sum(counts) / Math.max(sum(w.length_s), 1e-3))} a second in the mean` + (d.totals.received_bytes ? `; ${bytes(d.totals.received_bytes)} received in the run` : ""),
      lines: [{ key: "rate", text: "ended", class: "c-1", steps: run.rate(counts, a, b), value: per(counts), end: "ended" },
        base && { key: "base", text: "baseline", class: "c-base", steps: view.base.rate(view.base.w.series[base.id].count, ...view.base.windows(view.range)), end: "baseline" }].filter(Boolean),
      table: () => [["from", "ended", "a second"], ...rows(run, a, b, (j) => [counts[j], digits(counts[j] / w.length_s[j])])],
    }));
  }
  return charts;
}
const stepAt = (run, steps) => (j) => { const at = steps.find(([f, t]) => run.w.t_s[j] >= f - 1e-6 && run.w.t_s[j] < t); return at ? time(at[2]) : "too few"; };
const rows = (run, a, b, get) => Array.from({ length: b - a }, (_, k) => [clock(run.w.t_s[a + k], true), ...get(a + k)]);

// Where the finest sure percentile rose most above its middle.
function peak(run, id, a, b) {
  for (const [p, name] of [[0.9, "p90"], [0.5, "p50"]]) {
    const steps = run.steps(id, p, a, b);
    if (steps.length < 2) continue;
    const values = steps.map((s) => s[2]).sort((x, y) => x - y), middle = values[values.length >> 1];
    const worst = steps.reduce((x, y) => (y[2] > x[2] ? y : x));
    if (worst[2] > middle * 1.5) return `${name} was ${time(middle)} most of the time and rose to ${time(worst[2])} at ${clock(worst[0], run.tenths)}`;
    return `${name} stayed between ${time(values[0])} and ${time(worst[2])}`;
  }
  return "too few for percentiles over time";
}

function percentileLines(view, s, run, a, b, suffix) {
  const w = run.w.series[s.id];
  const lines = LINES.map(([p, name]) => {
    const steps = run.steps(s.id, p, a, b);
    return steps.length && { key: name, text: name, class: "c-" + name.replace(".", ""), steps, end: name,
      value: stepAt(run, steps) };
  }).filter(Boolean);
  const max = run.column((j) => (j >= w.first_window ? w.max_s[j] : null), a, b);
  return [...lines, { key: "max", text: "max", class: "c-max", steps: max, end: "max", value: (j) => time(w.max_s[j]) }];
}

// All, or those that failed, or those that did not.
function ofWhich(view, s) {
  const [a, b] = view.run.windows(view.range), w = view.run.w.series[s.id], sum = (column) => column.slice(a, b).reduce(plus, 0);
  const all = sum(w.count), failed = sum(w.failed), known = view.run.apart(s.id);
  return el("span", { class: "pick", role: "group", "aria-label": "Heat map of" }, [["all", all], ["ok", all - failed], ["failed", failed]].map(([which, n]) =>
    button(which + " " + whole(n), "of" + which, view.of === which, () => { view.of = which; view.redraw("of" + which); },
      { disabled: !known && which !== "all", title: known ? null : "not known in this file" })));
}
function heatFinding(view, s, a, b, finding) {
  if (view.of === "all") return finding;
  const hist = view.run.hist(s.id, a, b, null, view.of);
  return hist.n ? `${whole(hist.n)} ${view.of === "ok" ? "did not fail" : "failed"}: half of them within ${time(hist.quantile(0.5))}, at most about ${time(hist.quantile(1))}` : view.of === "ok" ? "none that did not fail" : "none failed";
}
// From when it was due, and from when it began: the finest percentile that is sure.
function bothTimes(view, s, options) {
  const run = view.run, w = run.w.series[s.id], [a, b] = run.windows(view.range);
  if (w?.time !== "response" || !w.service_hist) return null;
  const of = [run.hist(s.id, a, b), run.hist(s.id, a, b, null, "service")];
  const [p, name] = [[0.99, "p99"], [0.9, "p90"], [0.5, "p50"]].find(([q]) => of[0].n * (1 - q) >= 100) || [0.5, "p50"];
  const line = (key, which, style) => {
    const steps = run.steps(s.id, p, a, b, which);
    return { key, text: key + " time", end: key, class: style, steps, value: stepAt(run, steps) };
  };
  const lines = [line("response", "all", "c-1"), line("service", "service", "c-2 dash")];
  return timeChart(view, { ...options, title: "Response and service time, " + name, log: true, format: shortTime, lines,
    finding: `${name} is ${time(of[0].quantile(p))} from when it was due and ${time(of[1].quantile(p))} from when it began`,
    table: () => [["from", ...lines.map((l) => l.text)], ...rows(run, a, b, (j) => lines.map((l) => l.value(j)))] });
}

function latency(view) {
  const run = view.run, s = view.chosen();
  if (!s) return para("No times were measured.");
  const [a, b] = run.windows(view.range), w = run.w.series[s.id];
  const select = el("select", { id: "what", onchange: () => view.choose(+select.value) },
    run.doc.series.filter((x) => run.has(x.id) && x.count).map((x) => el("option", { value: x.id, selected: x.id === s.id }, run.title(x))));
  const kind = w.time === "response" ? "Response time" : "Service time", finding = peak(run, s.id, a, b);
  const failed = run.column((j) => w.failed[j], a, b), all = w.failed.slice(a, b).reduce(plus, 0);
  const lines = percentileLines(view, s, run, a, b);
  const base = view.baseOf(s), both = base && [timeEnds(run, s.id, view.range), timeEnds(view.base, base.id, view.range)].filter(Boolean);
  const ends = both?.length ? () => [Math.min(...both.map((e) => e[0])), Math.max(...both.map((e) => e[1]))] : () => undefined;
  if (base) {
    const span = view.base.windows(view.range);
    for (const [p, name] of [[0.5, "p50"], [0.99, "p99"]]) {
      const steps = view.base.steps(base.id, p, ...span);
      if (steps.length) lines.push({ key: "base" + name, text: "baseline " + name, class: "c-base", steps });
    }
  }
  return [
    el("div", { class: "pick" }, el("label", { for: "what" }, "Of "), select, ofWhich(view, s)),
    heatMap(view, s, { key: "heat", title: kind + "s: the stronger the colour, the more ended", finding: heatFinding(view, s, a, b, finding), strip: true, height: 260, ends: ends() }),
    base ? heatMap(view.beside(), base, { key: "heatbase", title: "The same of the baseline", finding: peak(view.base, base.id, ...view.base.windows(view.range)), strip: true, height: 200, ends: ends() }) : null,
    timeChart(view, { key: "percentiles", title: "Percentiles", finding, log: true, strip: true, height: 230, format: shortTime, lines, limits: run.limits(s),
      note: "A step of a percentile is as long as it takes for ten samples to lie beyond it; max is of every window.",
      table: () => [["from", ...lines.filter((l) => l.value).map((l) => l.text)], ...rows(run, a, b, (j) => lines.filter((l) => l.value).map((l) => l.value(j)))] }),
    bothTimes(view, s, { key: "both", strip: true, height: 180 }),
    timeChart(view, { key: "errors", title: "Failed", finding: all ? `${whole(all)} of ${whole(w.count.slice(a, b).reduce(plus, 0))}` + (s.kind.includes("request") ? " got no response" : " had an error") : "none", strip: true, height: 100, floor: 1,
      lines: [{ key: "failed", text: "failed", class: "c-bad", area: true, steps: failed, value: (j) => whole(w.failed[j]) }],
      table: () => [["from", "failed", "of"], ...rows(run, a, b, (j) => [w.failed[j], w.count[j]])] }),
  ];
}

// Lines of the spectrum: the whole run to three digits, a stretch from its windows.
async function spectrumLines(view, s) {
  const run = view.run, lines = [];
  if (view.range || view.running) {
    const [a, b] = run.windows(view.range), w = run.w.series[s.id], hist = run.hist(s.id, a, b);
    if (hist.n) lines.push({ text: w.time, class: "c-1", steps: hist.steps(), n: hist.n });
    const service = w.time === "response" && w.service_hist && run.hist(s.id, a, b, null, "service");
    if (service?.n) lines.push({ text: "service", class: "c-2 dash", steps: service.steps(), n: service.n });
  } else {
    for (const [kind, style] of [["response", "c-1"], ["service", s.response ? "c-2 dash" : "c-1"]]) {
      const steps = s[kind] && await hdrSteps(s[kind].hdr).catch(() => null);
      if (steps) lines.push({ text: kind, class: style, steps, n: s[kind].count });
    }
    if (!lines.length && run.has(s.id)) { const hist = run.hist(s.id, 0, run.n); if (hist.n) lines.push({ text: run.w.series[s.id].time, class: "c-1", steps: hist.steps(), n: hist.n }); }
  }
  const base = view.baseOf(s);
  if (base) {
    const steps = view.range ? null : await hdrSteps((base.response || base.service)?.hdr).catch(() => null);
    const hist = view.base.hist(base.id, ...view.base.windows(view.range));
    if (steps || hist.n) lines.push({ text: "baseline", class: "c-base", steps: steps || hist.steps(), n: steps ? base.count : hist.n });
  }
  return lines;
}
async function spectrumOf(view, s, small) {
  const lines = await spectrumLines(view, s);
  if (!lines.length) return para("No times in this stretch.");
  const at = (line, p) => line.steps.find(([, share]) => share >= p - 1e-12)?.[0];
  const [one, two] = ["response", "service"].map((name) => lines.find((line) => line.text === name));
  const p = [0.99, 0.9, 0.5].find((q) => lines[0].n * (1 - q) >= 10 - 1e-9);
  const word = p && "p" + p * 100;
  const finding = !p ? `${plural(lines[0].n, "sample")}: too few for percentiles; at most ${time(lines[0].steps.at(-1)[0])}`
    : one && two ? `${word} is ${time(at(one, p))} from when it was due and ${time(at(two, p))} from when it began` : `${word} is ${time(at(lines[0], p))}` + (lines[0].text === "service" ? " of service time" + (small ? "" : "; in a closed model there is no other") : "");
  return spectrum(view, { title: "Spectrum", finding, lines, small, height: small ? 130 : 260, limits: small ? [] : view.run.limits(s),
    note: small ? null : "To the right are ever rarer requests: at 99 only one in a hundred took longer. Where fewer than ten lie beyond, the line is faint.",
    table: small ? null : () => [["share", ...lines.map((l) => l.text)], ...[0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999].filter((q) => lines[0].n * (1 - q) >= 10 - 1e-9).map((q) => [percent(q).replace("100 %", q * 100 + " %"), ...lines.map((l) => time(at(l, q)))])] });
}

function errors(view) {
  const { run } = view, all = run.doc.failures, range = view.range;
  const shown = all.filter((f) => !range || f.first_s === null || (f.first_s <= range[1] && f.last_s >= range[0]));
  const w = run.w, [a, b] = run.windows(range), sum = w.errors.slice(a, b).reduce(plus, 0);
  if (!all.length) return para("No errors.");
  return [
    timeChart(view, { key: "told", title: "Errors told by journeys", finding: `${whole(sum)} in this stretch`, height: 110, strip: true, floor: 1,
      lines: [{ key: "told", text: "errors", class: "c-bad", area: true, steps: run.column((j) => w.errors[j], a, b), value: (j) => whole(w.errors[j]) }],
      table: () => [["from", "errors"], ...rows(run, a, b, (j) => [w.errors[j]])] }),
    table("Distinct errors", ["error", "count", "where", "first", "last"], shown.slice(0, 100).map((f) => [
      el("span", {}, el("bdi", {}, f.text), Object.keys(f.example || {}).length ? el("details", {}, el("summary", {}, "the first one's fields"),
        el("dl", {}, Object.entries(f.example).map(([k, v]) => [el("dt", {}, k), el("dd", {}, typeof v === "string" ? v : JSON.stringify(v))]))) : null),
      whole(f.count), el("bdi", {}, [f.journey, f.transaction].filter(Boolean).join(", ") + (f.location ? " at " + f.location : "")),
      f.first_s === null ? "–" : clock(f.first_s, run.tenths), f.last_s === null ? "–" : clock(f.last_s, run.tenths)]), [1, 3, 4]),
    range ? note("Counts are of the whole run; listed is what came first before the end of the stretch and last after its begin.") : null,
  ];
}

const PHASES = [["pool", "waiting for a connection"], ["dns", "dns"], ["connect", "connect"], ["tls", "tls"], ["first_byte", "to the first byte"], ["body", "body"]];
function slowest(view) {
  const all = view.run.doc.exemplars.filter((e) => !view.range || (e.t_s + e.service_s >= view.range[0] && e.t_s <= view.range[1]));
  if (!all.length && view.running) return para("Single requests are known at the end.");
  if (!all.length) return para("No single requests were kept" + (view.range ? " of this stretch." : "."));
  const sorted = [...all].sort((x, y) => y.service_s - x.service_s).slice(0, 60);
  return table("Single requests", ["request", "kept as", "took", "came to", "began", "most of it", "with"], sorted.map((e) => {
    const parts = PHASES.map(([key, word]) => [e.phases?.[key], word]).filter(([v]) => v).sort((x, y) => y[0] - x[0]);
    return [el("bdi", {}, [e.journey, e.transaction, e.name].filter(Boolean).join(", ")), e.kind === "failed" ? "failed" : "slowest", time(e.service_s), (e.code ?? e.outcome) + "", clock(e.t_s, true),
      parts.length ? parts[0][1] + " " + time(parts[0][0]) : "–", el("bdi", {}, [e.arguments, e.text, e.trace_id && "trace " + e.trace_id].filter(Boolean).join("; ") || "–")];
  }), [2, 4]);
}

function generator(view) {
  const { run } = view, g = run.doc.generator, w = run.w, [a, b] = run.windows(view.range);
  const top = (columns) => Math.max(0, ...columns.flatMap((c) => c.slice(a, b)).filter((v) => v !== null));
  const facts = [["CPU, mean share of the cores used", percent(g.cpu_share)], ["loops late, p99 and max", g.loop_lag ? time(g.loop_lag.p.find(([p]) => p === 99)?.[1]) + ", " + time(g.loop_lag.max_s) : "–"],
    ["arrivals late, p99 and max", g.schedule_lag ? time(g.schedule_lag.p.find(([p]) => p === 99)?.[1]) + ", " + time(g.schedule_lag.max_s) : "–"], ["most open files", g.files_max === null ? "–" : whole(g.files_max)], ["messages lost", whole(g.lost_messages)],
    ...g.blocked.map((x) => [x.journey + " kept its runner from all other work", `${plural(x.count, "time")}, at most ${time(x.max_s)}`])];
  const styles = ["c-1", "c-2 dash", "c-p99", "c-max"], lag = top([w.loop_lag_max_s]);
  return [
    table("Health of the generator", ["", ""], facts, []),
    g.processes.length ? [el("h3", {}, "Processes of runners"), table("Processes of runners", ["process", "stands", "runners", "journeys", "requests", "CPU", "loop late, p99", "at most", "in flight", "clock ahead", "messages lost"],
      g.processes.slice(0, 100).map((p) => [`${p.host} (process ${p.pid}${p.namesake ? `, #${p.namesake + 1}` : ""})`, p.unobserved_from_s === null ? p.standing : `${p.standing}, nothing known of ${p.unobserved_from_s.toFixed(1)}–${p.unobserved_to_s.toFixed(1)} s`,
        whole(p.runners), whole(p.journeys), whole(p.requests), percent(p.cpu_share), p.loop_lag_p99_s === null ? "–" : time(p.loop_lag_p99_s), p.loop_lag_max_s === null ? "–" : time(p.loop_lag_max_s), whole(p.in_flight),
        `${p.clock_ahead_s < 0 ? "−" : ""}${time(Math.abs(p.clock_ahead_s))} ± ${time(p.clock_error_s)}`, whole(p.lost_messages)]), [2, 3, 4, 5, 6, 7, 8, 9, 10]),
      Math.max(g.processes.length - 100, 0) + g.unlisted_processes ? note(`… and ${whole(Math.max(g.processes.length - 100, 0) + g.unlisted_processes)} more, all of which fared better.`) : null] : null,
    w.cpu.length ? timeChart(view, { key: "cpu", title: "CPU of each runner", finding: `at most ${percent(top(w.cpu))} of a core`, height: 140, strip: true, high: Math.max(1, top(w.cpu)), format: (v) => Math.round(v * 100) + " %",
      lines: w.cpu.slice(0, 64).map((c, k) => ({ key: "r" + k, text: k < 4 ? "runner " + (k + 1) : "", class: styles[k % 4], steps: run.column((j) => c[j], a, b), value: (j) => percent(c[j]) })),
      table: () => [["from", ...w.cpu.map((_, k) => "runner " + (k + 1))], ...rows(run, a, b, (j) => w.cpu.map((c) => percent(c[j])))] }) : null,
    run.n ? timeChart(view, { key: "lag", title: "How late the generator itself was", finding: `its loops at most ${time(lag)}`, log: true, height: 150, strip: true, format: shortTime,
      lines: [{ key: "loop", text: "loops, at most", class: "c-1", steps: run.column((j) => w.loop_lag_max_s[j], a, b).filter((x) => x[2] > 0), value: (j) => time(w.loop_lag_max_s[j]), end: "loops" },
        { key: "schedule", text: "arrivals, p99", class: "c-2 dash", steps: run.column((j) => w.schedule_lag_p99_s[j], a, b).filter((x) => x[2] > 0), value: (j) => time(w.schedule_lag_p99_s[j]), end: "arrivals" }],
      table: () => [["from", "loops at most", "arrivals p99"], ...rows(run, a, b, (j) => [time(w.loop_lag_max_s[j]), time(w.schedule_lag_p99_s[j])])] }) : null,
  ];
}
