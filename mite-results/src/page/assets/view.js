// The page: what is looked at, the range, the link, live data.
const SECTIONS = [["verdict", "Verdict", verdict], ["load", "Load", load], ["latency", "Latency", latency], ["spectrum", "Spectrum", null], ["transactions", "Transactions", transactions],
  ["errors", "Errors", errors], ["slowest", "Slowest", slowest], ["generator", "Generator", generator], ["data", "Data", data]];

const view = {
  run: null, base: null, range: null, what: null, of: "all", open: new Set(), hidden: new Set(), crossed: null, running: false, short: [], crossers: [],
  list: { kind: "transaction", sort: "share", up: false, find: "", all: false },
  width(small) {
    const room = $("load").clientWidth || 900;
    return small ? Math.min(Math.max(room - 40, 240), 330) : Math.max(room, 260);
  },
  span() { return this.range || [0, this.run.length]; },
  chosen() {
    const s = this.what !== null && this.run.series.get(this.what);
    return s && this.run.has(s.id) ? s : this.run.main();
  },
  baseOf(s) {
    if (!this.base) return null;
    const name = this.run.title(s);
    return this.base.doc.series.find((x) => x.kind === s.kind && this.base.title(x) === name && this.base.has(x.id) && x.count) || null;
  },
  beside() { return { ...this, run: this.base, range: this.range, span: () => this.range || [0, this.run.length], onCross() {}, width: this.width }; },
  moment(j) { return clock(this.run.w.t_s[j], this.run.tenths) + " to " + clock(this.run.end[j], this.run.tenths); },
  windowAt(t) {
    const [a, b] = this.run.windows(this.range);
    for (let j = a; j < b; j++) if (t < this.run.end[j]) return j;
    return b > a ? b - 1 : null;
  },
  onCross(f) { this.crossers.push(f); },
  cross(j, loud) {
    if (j === this.crossed && !loud) return;
    this.crossed = j;
    this.crossers.forEach((f) => f(j, loud));
    const f = j === null ? this.range : null;
    $("now").textContent = j === null ? "" : this.moment(j);
    return f;
  },
  setRange(range) {
    if (range) {
      const [a, b] = this.run.windows([Math.max(0, range[0]), Math.min(this.run.length, range[1])]);
      const at = b > a ? [a, b] : [this.windowAt(range[0]), this.windowAt(range[0]) + 1];
      range = at[0] === null ? null : [this.run.w.t_s[at[0]], this.run.end[at[1] - 1]];
      if (range && at[0] === 0 && at[1] === this.run.n) range = null;
    }
    this.range = range;
    this.redraw();
  },
  choose(id) { this.what = id; this.redraw("what"); },
  // A second of a run that goes on: not under the hand of who is choosing something.
  tick() {
    if (document.hidden || this.dragging || document.activeElement?.tagName === "SELECT") return;
    const crossed = this.crossed, find = $("find"), caret = find === document.activeElement && find.selectionStart;
    this.redraw();
    if (caret !== false) $("find")?.setSelectionRange(caret, caret);
    if (crossed !== null && crossed < this.run.n) this.cross(crossed);
  },
  redraw(focus) {
    this.crossers = [];
    this.crossed = null;
    const scroll = scrollY, held = focus || document.activeElement?.id || document.activeElement?.dataset?.key;
    for (const [id, title, draw] of SECTIONS) {
      if (id === "spectrum") { this.drawSpectrum(); continue; }
      if (id === "data" && this.drawn) continue;
      put($(id), title, draw(this));
    }
    this.drawn = true;
    brush(this);
    if (held) (document.querySelector(`[data-key="${CSS.escape(held)}"]`) || $(held))?.focus({ preventScroll: true });
    scrollTo(0, scroll);
    history.replaceState(null, "", link(this));
  },
  drawSpectrum() {
    const s = this.chosen(), mark = this.spectrumMark = {};
    if (!s) return put($("spectrum"), "Spectrum", para("No times were measured."));
    spectrumOf(this, s).then((node) => { if (this.spectrumMark === mark) put($("spectrum"), "Spectrum of " + this.run.title(s), node); });
  },
};
// What was opened and scrolled stays so.
function put(section, title, ...nodes) {
  const all = (query) => [...section.querySelectorAll(query)];
  const opened = all("details").map((d) => d.open), scrolled = all(".scroll").map((s) => s.scrollLeft);
  const heading = section.querySelector("h2");
  heading.textContent = title;
  section.replaceChildren(heading, ...nodes.flat(Infinity).filter(Boolean));
  all("details").forEach((d, k) => { d.open = Boolean(opened[k]); });
  all(".scroll").forEach((s, k) => { if (scrolled[k]) s.scrollLeft = scrolled[k]; });
}

// The link carries the view: #t=30,90&of=4&show=failed&tx=4,5
function link(view) {
  const parts = [];
  if (view.range) parts.push("t=" + view.range.map((t) => +t.toFixed(3)).join());
  if (view.what !== null) parts.push("of=" + view.what);
  if (view.of !== "all") parts.push("show=" + view.of);
  if (view.open.size) parts.push("tx=" + [...view.open].join());
  // The token of who looks is not for whom the link is handed to.
  const query = new URLSearchParams(location.search);
  query.delete("token");
  return location.pathname + (query.size ? "?" + query : "") + (parts.length ? "#" + parts.join("&") : "");
}
function follow(view) {
  const asked = new URLSearchParams(location.hash.slice(1));
  const numbers = (key) => (asked.get(key) || "").split(",").filter(Boolean).map(Number).filter(Number.isFinite);
  const [a, b] = numbers("t");
  view.what = numbers("of")[0] ?? null;
  view.of = ["ok", "failed"].find((which) => which === asked.get("show")) || "all";
  view.open = new Set(numbers("tx"));
  for (const id of view.open) { const s = view.run.series.get(id); if (s) view.list.kind = s.kind; }
  return b > a ? [a, b] : null;
}

// The bar that chooses a stretch: by pointer on its chart, or two sliders by keys.
function brush(view) {
  const { run, range } = view, place = $("range"), width = Math.max(place.clientWidth || 900, 260), height = 34, s = run.main();
  const x = (t) => width * t / run.length, [a, b] = range || [0, run.length];
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "brush", "aria-hidden": "true" });
  if (s) {
    const rate = run.rate(run.w.series[s.id].count, 0, run.n), most = Math.max(...rate.map((r) => r[2]), 1e-9);
    const max = run.column((j) => run.w.series[s.id].max_s[j], 0, run.n).filter((r) => r[2] > 0), longest = Math.max(...max.map((r) => r[2]), 1e-9), least = Math.min(...max.map((r) => r[2]), longest / 2);
    root.append(svg("path", { class: "area c-1", d: bandPath(rate.map(([f, t]) => [f, t, 0]), rate, x, scaleY("linear", 0, most, 4, height)) }),
      svg("path", { class: "line c-max", d: stepPath(max, x, scaleY("log", least, longest, 4, height - 3)) }));
  }
  root.append(...eventStrip(run, x, 0, run.length, height - 9, width).filter((m) => !m.classList.contains("e-phase") && !m.classList.contains("e-error")));
  if (range) root.append(svg("rect", { x: 0, width: x(a), height, class: "shade" }), svg("rect", { x: x(b), width: Math.max(width - x(b), 0), height, class: "shade" }));
  const drag = svg("rect", { y: 0, height, class: "drag", visibility: "hidden" });
  root.append(drag);
  pointing({ run, cross() {}, setRange: (r) => view.setRange(r), windowAt: () => null, set dragging(is) { view.dragging = is; } }, root, (px) => run.length * px / width, drag, x, true);
  const [p, q] = run.windows(range), w = run.w;
  const slider = (label, at, said, apply) => {
    const input = el("input", { type: "range", min: 0, max: run.n, step: 1, value: at, "aria-label": label, "aria-valuetext": clock(said, run.tenths), "data-key": label, oninput: () => apply(+input.value) });
    return input;
  };
  const stretch = (i, j) => view.setRange(run.n ? [w.t_s[Math.min(i, run.n - 1)], run.end[Math.max(j, 1) - 1]] : null);
  const steady = run.doc.parts.find((part) => part.kind === "steady");
  const choose = (word, to) => button(word, "b" + word, String(to) === String(range), () => view.setRange(to));
  const f = s && run.figures(s, range);
  const told = f ? `${clock(a, run.tenths)} – ${clock(b, run.tenths)}: ${whole(f.count)} ${run.title(s).replace("all ", "")}, ${f.rate === null ? "–" : digits(f.rate)}/s, p50 ${time(f.p.p50)}, ` + (f.sure(0.99) ? `p99 ${time(f.p.p99)}, ` : "") + `max ${time(f.max)}, ${whole(w.errors.slice(p, q).reduce((m, n) => m + n, 0))} errors` : "nothing in this stretch";
  place.replaceChildren(root,
    el("div", { class: "sliders" }, slider("from", p, a, (i) => stretch(i, Math.max(q, i + 1))), slider("to", q, b, (j) => stretch(Math.min(p, j - 1), j))),
    el("div", { class: "told" }, choose("whole run", null), steady && steady.to_s > steady.from_s ? choose("steady part", [steady.from_s, steady.to_s]) : null,
      view.running ? el("button", { type: "button", onclick: () => view.setRange([run.length - 60, run.length]) }, "last minute") : null,
      el("output", { id: "stretch" }, told), el("span", { id: "now", "aria-hidden": "true" })));
}

function save(name, type, text) {
  const a = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}
const quoted = (text) => '"' + String(text ?? "").replaceAll('"', '""') + '"';
function csv(run) {
  const out = ["t_s,length_s,kind,journey,transaction,request,count,failed,p50_s,p90_s,p99_s,max_s,bytes"];
  for (const [id, w] of Object.entries(run.w.series)) {
    const s = run.series.get(+id);
    for (let j = w.first_window; s && j < run.n; j++) {
      const hist = run.hist(+id, j, j + 1), q = (p) => hist.quantile(p)?.toFixed(6) ?? "";
      out.push([run.w.t_s[j], run.w.length_s[j], s.kind, quoted(s.journey), quoted(s.kind === "transaction" ? s.name : s.transaction), quoted(s.kind === "request" ? s.name : ""), w.count[j], w.failed[j], q(0.5), q(0.9), q(0.99), w.max_s[j] ?? "", w.received_bytes?.[j] ?? 0].join());
    }
  }
  return out.join("\n") + "\n";
}
function hlog(run) {
  const out = ["#[Histogram log format version 1.3]", `#[StartTime: ${Date.parse(run.doc.run.started) / 1000} (seconds since epoch)]`, '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'];
  for (const s of run.doc.series) for (const kind of ["response", "service"]) if (s[kind]?.hdr)
    out.push(`Tag=${(run.title(s) + " " + kind).replace(/[,\s]+/g, "_")},0.000,${run.length.toFixed(3)},${(s[kind].max_s * 1e3).toFixed(3)},${s[kind].hdr}`);
  return out.join("\n") + "\n";
}
function data(view) {
  const name = () => view.run.doc.run.test.replace(/[^\w.-]+/g, "-") + "-" + view.run.doc.run.id;
  const get = (word, act) => el("li", {}, el("button", { type: "button", onclick: act }, word));
  const t = view.run.doc.truncated;
  const left = [t.series && plural(t.series, "table") + " of series were full", t.unlisted_series && whole(t.unlisted_series) + " series, until the run has ended", t.windows_of_series && plural(t.windows_of_series, "series").replace("seriess", "series") + " without a course over time: only those with the most time have one", t.failures && whole(t.failures) + " failures", t.events && whole(t.events) + " events"].filter(Boolean);
  return [
    el("ul", { class: "downloads" }, get("JSON, as --json writes it", () => save(name() + ".json", "application/json", $("run")?.textContent || JSON.stringify(view.run.doc))),
      get("CSV, a line for each window and series", () => save(name() + ".csv", "text/csv", csv(view.run))), get("HdrHistogram log, whole histograms", () => save(name() + ".hlog", "text/plain", hlog(view.run)))),
    left.length ? para("Left out: " + left.join("; ") + ".") : null, view.dropped ? el("p", { id: "dropped" }, view.dropped) : null,
  ];
}
