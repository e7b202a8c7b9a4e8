// Charts over the time of the run, heat maps, spectra, and small lines.
let chartNumber = 0;

function ticksLinear(to, most) {
  if (!(to > 0)) return [0, 1];
  const raw = to / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
  const ticks = [];
  for (let v = 0; v < to + step * 0.999; v += step) ticks.push(v);
  return ticks;
}
function ticksTime(a, b, most) {
  const raw = (b - a) / most;
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].find((n) => n >= raw) || 86400;
  const ticks = [];
  for (let k = Math.ceil(a / step - 1e-9); k * step <= b + 1e-9; k++) ticks.push(k * step);
  return ticks;
}
// Decades of time, with 2 and 5 where there is room.
function ticksLog(low, high) {
  const ticks = [], wide = Math.log10(high / low);
  for (let e = Math.floor(Math.log10(low)) - 1; e <= Math.log10(high) + 1; e++)
    for (const m of wide < 0.7 ? [1, 1.5, 2, 3, 4, 5, 7] : wide < 2.2 ? [1, 2, 5] : wide < 4 ? [1, 3] : [1]) {
      const v = m * 10 ** e;
      if (v >= low * 0.999 && v <= high * 1.001) ticks.push(v);
    }
  return ticks;
}
const shortTime = (s) => s >= 0.9995 ? +s.toPrecision(2) + " s" : s >= 0.0009995 ? +(s * 1e3).toPrecision(2) + " ms" : +(s * 1e6).toPrecision(2) + " µs";

function scaleY(kind, low, high, top, bottom) {
  if (kind === "log") {
    const a = Math.log(low), b = Math.log(high);
    return (v) => bottom - (bottom - top) * (Math.log(Math.max(v, low)) - a) / (b - a);
  }
  return (v) => bottom - (bottom - top) * (v - low) / (high - low || 1);
}

// Steps [from, to, value] as a path; neighbours are joined.
function stepPath(steps, x, y) {
  let d = "", last = null;
  for (const [from, to, v] of steps) {
    const a = x(from).toFixed(1), b = x(to).toFixed(1), h = y(v).toFixed(1);
    d += last !== null && Math.abs(last - from) < 1e-3 ? "V" + h + "H" + b : "M" + a + " " + h + "H" + b;
    last = to;
  }
  return d;
}
// What lies between two columns of steps.
function bandPath(low, high, x, y) {
  let d = "";
  low.forEach(([from, to, v], k) => {
    const top = high[k][2];
    if (top > v) d += "M" + x(from).toFixed(1) + " " + y(v).toFixed(1) + "H" + x(to).toFixed(1) + "V" + y(top).toFixed(1) + "H" + x(from).toFixed(1) + "Z";
  });
  return d;
}

// At the right where there is room, else above the line.
function limitLabel(limit, y, width, right, root) {
  const text = figure(limit.expression) + " " + comparison(limit.expression) + " " + shortTime(limit.limit), at = y(limit.limit);
  if (width >= 500) return { y: at, text, class: "limit" };
  root?.append(svg("text", { x: width - right - 2, y: at - 4, class: "label limit end" }, text));
  return { y: at, text: "", class: "limit" };
}
// Labels at the right, apart from each other.
function endLabels(labels, x, top, bottom) {
  labels.sort((a, b) => a.y - b.y);
  let last = top - 12;
  for (const label of labels) { label.y = Math.max(label.y, last + 13); last = label.y; }
  let next = bottom + 2;
  for (const label of [...labels].reverse()) { label.y = Math.min(label.y, next); next = label.y - 13; }
  return labels.map((label) => svg("text", { x, y: label.y + 4, class: "label " + label.class }, label.text));
}

function legendOf(view, key, lines) {
  const values = new Map();
  const buttons = lines.filter((line) => line.text).map((line) => {
    const id = key + "." + line.key;
    const value = el("span", { class: "value" });
    values.set(line.key, value);
    return el("button", { type: "button", class: "key", "aria-pressed": String(!view.hidden.has(id)), onclick: () => {
      view.hidden.has(id) ? view.hidden.delete(id) : view.hidden.add(id);
      view.redraw(key + "." + line.key);
    }, "data-key": id },
    tiny(22, 10, line.area || line.band
      ? svg("rect", { x: 1, y: 1, width: 20, height: 8, class: line.class })
      : svg("path", { d: "M1 5H21", class: "line " + line.class })), line.text, value);
  });
  return { values, row: el("div", { class: "legend" }, buttons) };
}

// The shell of a figure: sentence, legend, drawing, table.
function figureOf(view, options, drawing, legend, table) {
  const id = "f" + (++chartNumber);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-labelledby", id);
  return el("figure", { class: options.class || null },
    el("figcaption", { id }, el("b", {}, options.title), options.finding ? [". ", options.finding.replace(/^[a-z](?!\d)/, (c) => c.toUpperCase())] : null),
    legend, drawing, options.note ? note(options.note) : null,
    table ? tableBehind(options.title, table) : null);
}
function tableBehind(title, rows) {
  const details = el("details", { class: "behind", ontoggle: () => {
    if (!details.open || details.children.length > 1) return;
    const [head, ...body] = rows();
    details.append(scrolled(el("table", {}, el("caption", { class: "hidden" }, title), el("thead", {}, el("tr", {}, head.map((h) => el("th", { scope: "col" }, h)))),
      el("tbody", {}, body.map((row) => el("tr", {}, row.map((cell, k) => k ? el("td", { class: "n" }, cell) : el("th", { scope: "row" }, cell))))))));
  } }, el("summary", {}, "as a table"));
  return details;
}
const scrolled = (table) => el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "table" }, table);

// A chart over the time of the run.
//   options: key, title, finding, height, log, low, high, format, unit, lines, under, strip, table
//   a line:  key, text, class, steps, or band: [low, high]; area; value(j)
function timeChart(view, options) {
  const run = view.run, width = view.width(options.small), small = options.small;
  const right = small ? 18 : width < 500 ? 46 : 100, left = width < 500 || small ? 50 : 56;
  const strip = options.strip ? 18 : 0, bottomSpace = 22 + strip;
  const height = options.height || 180, top = 10, bottom = height - bottomSpace;
  const [from, to] = view.span();
  const x = (t) => left + (width - left - right) * (t - from) / (to - from || 1);
  const back = (px) => from + (to - from) * (px - left) / (width - left - right);
  const lines = options.lines.filter((line) => !view.hidden.has(options.key + "." + line.key));
  const all = lines.flatMap((line) => [...(line.steps || []), ...(line.band ? [...line.band[0], ...line.band[1]] : [])]).map((s) => s[2]);
  const limits = (options.limits || []).filter((limit) => limit.limit > 0);
  let low = options.low ?? 0, high = options.high ?? Math.max(...all, ...(options.floor ? [options.floor] : []), 0);
  if (options.log && options.low === undefined) {
    const positive = all.filter((v) => v > 0);
    low = Math.min(...positive) * 0.85;
    high = Math.max(...positive, ...limits.map((l) => l.limit)) * 1.2;
    if (!positive.length) { low = 1e-3; high = 1; }
  }
  const ticks = options.log ? ticksLog(low, high) : ticksLinear(high, small ? 2 : 4);
  if (!options.log) high = Math.max(high, ticks[ticks.length - 1]);
  const y = scaleY(options.log ? "log" : "linear", low, high, top, bottom);
  const format = options.format || counted;
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "chart", tabindex: small ? null : 0 });
  const [a, b] = run.windows(view.range);
  if (!small) root.append(...partsOf(run, x, from, to, top, bottom));
  for (const tick of ticks) {
    root.append(svg("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick), class: "grid" }),
      svg("text", { x: left - 6, y: y(tick) + 4, class: "tick end" }, format(tick)));
  }
  for (const tick of ticksTime(from, to, Math.max(2, (width - left - right) / 80)))
    root.append(svg("line", { x1: x(tick), x2: x(tick), y1: bottom, y2: bottom + 4, class: "axis" }),
      svg("text", { x: x(tick), y: bottom + 16 + strip, class: "tick mid" }, clock(tick, to - from < 10)));
  if (options.under) root.append(...options.under({ x, y, low, high, a, b, left, right, width, top, bottom }));
  if (!small) root.append(...eventLines(run, x, from, to, top, bottom, options.words, width - 4));
  const labels = [];
  for (const line of lines) {
    if (line.band) root.append(svg("path", { d: bandPath(line.band[0], line.band[1], x, y), class: "area " + line.class }));
    else if (line.area) root.append(svg("path", { d: bandPath(line.steps.map(([f, t]) => [f, t, low]), line.steps, x, y), class: "area " + line.class }));
    else {
      root.append(svg("path", { d: stepPath(line.steps, x, y), class: "line " + line.class }));
      const last = line.steps[line.steps.length - 1];
      if (last && line.end && (width >= 500 || line.end.length < 6)) labels.push({ y: y(last[2]), text: line.end, class: line.class });
    }
  }
  for (const limit of limits) if (limit.limit >= low && limit.limit <= high) {
    root.append(svg("line", { x1: left, x2: width - right, y1: y(limit.limit), y2: y(limit.limit), class: "limit" }, svg("title", {}, limit.expression)));
    labels.push(limitLabel(limit, y, width, right, root));
  }
  if (!small) root.append(...endLabels(labels, width - right + 5, top, bottom));
  if (strip) root.append(...eventStrip(run, x, from, to, bottom + 4, width));
  root.append(svg("line", { x1: left, x2: width - right, y1: bottom, y2: bottom, class: "axis" }));
  if (small) return figureOf(view, options, root, null, null);
  const { values, row } = legendOf(view, options.key, options.lines);
  const cross = svg("line", { y1: top, y2: bottom, class: "cross", visibility: "hidden" });
  const drag = svg("rect", { y: top, height: bottom - top, class: "drag", visibility: "hidden" });
  root.append(drag, cross);
  const said = el("p", { class: "said", "aria-live": "polite" });
  view.onCross((j, loud) => {
    cross.setAttribute("visibility", j === null ? "hidden" : "visible");
    if (j !== null) {
      const middle = run.w.t_s[j] + run.w.length_s[j] / 2;
      cross.setAttribute("x1", x(middle));
      cross.setAttribute("x2", x(middle));
    }
    const told = [];
    for (const line of options.lines) {
      const value = j === null || !line.value ? "" : line.value(j);
      values.get(line.key)?.replaceChildren(value ? " " + value : "");
      if (value) told.push(line.text + " " + value);
    }
    said.replaceChildren(loud === root && j !== null ? view.moment(j) + ": " + told.join(", ") : "");
  });
  pointing(view, root, back, drag, x);
  return figureOf(view, options, root, [row, said], options.table);
}

// Crosshair and range by pointer and by keys.
function pointing(view, root, back, drag, x, touch) {
  let began = null;
  const dragging = (is) => { view.dragging = is; };
  const at = (event) => {
    const box = root.getBoundingClientRect();
    return back((event.clientX - box.left) * root.viewBox.baseVal.width / box.width);
  };
  root.addEventListener("pointermove", (event) => {
    const t = at(event);
    view.cross(view.windowAt(t));
    if (began === null) return;
    const [p, q] = [Math.min(began, t), Math.max(began, t)];
    drag.setAttribute("x", x(p));
    drag.setAttribute("width", Math.max(x(q) - x(p), 0));
    drag.setAttribute("visibility", "visible");
  });
  root.onpointerleave = () => { if (began === null) view.cross(null); };
  root.addEventListener("pointerdown", (event) => { if (event.button === 0 && (touch || event.pointerType !== "touch")) { began = at(event); dragging(true); root.setPointerCapture(event.pointerId); } });
  root.addEventListener("pointerup", (event) => {
    if (began === null) return;
    const [p, q] = [Math.min(began, at(event)), Math.max(began, at(event))];
    began = null;
    dragging(false);
    drag.setAttribute("visibility", "hidden");
    if (x(q) - x(p) > 5) view.setRange([p, q]);
  });
  root.onpointercancel = () => { began = null; dragging(false); };
  root.ondblclick = () => view.setRange(null);
  root.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const [a, b] = view.run.windows(view.range);
    const now = view.crossed ?? (step > 0 ? a - 1 : b);
    view.cross(Math.min(Math.max(now + step, a), b - 1), root);
  });
  root.addEventListener("blur", () => view.cross(null));
}

// Ramp-up, rest and drain are shaded.
function partsOf(run, x, from, to, top, bottom) {
  const words = { ramp_up: "ramp-up", drain: "drain", rest: "rest" };
  const parts = run.doc.parts.filter((part) => words[part.kind]).map((part) => [part.from_s, part.to_s, words[part.kind]]);
  if (run.doc.run.warmup_s > 0) parts.unshift([0, run.doc.run.warmup_s, "warm-up"]);
  return parts.flatMap(([p, q, word]) => {
    const l = Math.max(p, from), r = Math.min(q, to);
    if (!(r > l)) return [];
    const wide = x(r) - x(l);
    return [svg("rect", { x: x(l), y: top, width: wide, height: bottom - top, class: "part" }),
      wide > 56 ? svg("text", { x: x(l) + 4, y: top + 9, class: "part" }, word) : ""];
  });
}
// What says why: a line through all charts, with its words in some.
const TOLD = ["mark", "stall", "signal", "limit", "runner"];
function eventLines(run, x, from, to, top, bottom, words, right) {
  const rows = [0, 0, 0], nodes = [];
  for (const event of run.doc.events.filter((e) => TOLD.includes(e.kind) && e.t_s >= from && e.t_s <= to).slice(0, 60)) {
    const at = x(event.t_s);
    nodes.push(svg("path", { d: `M${at.toFixed(1)} ${top}V${bottom}`, class: "tell" }));
    const text = event.text.length > 42 ? event.text.slice(0, 40) + "…" : event.text, wide = text.length * 6.2, row = rows.findIndex((end) => at >= end);
    if (!words || row < 0 || at + wide > right) continue;
    rows[row] = at + wide + 8;
    nodes.push(svg("text", { x: at + 4, y: top + 10 + row * 13, class: "why" }, text));
  }
  return nodes;
}
// What happened, on the axis; what is close to each other is one mark.
function eventStrip(run, x, from, to, y, width) {
  const marks = [];
  for (const event of run.doc.events) {
    if (event.t_s < from || event.t_s > to) continue;
    const at = x(event.t_s), last = marks[marks.length - 1];
    if (last && at - last.at < 9) last.events.push(event);
    else marks.push({ at, events: [event] });
  }
  const rank = ["mark", "signal", "limit", "runner", "stall", "blocked", "pool", "error", "finding", "phase"];
  return marks.map(({ at, events }) => {
    const kind = rank.find((k) => events.some((e) => e.kind === k)) || "phase";
    return svg("path", { d: `M${at.toFixed(1)} ${y}l4.5 8h-9z`, class: "event e-" + kind },
      svg("title", {}, events.map((e) => clock(e.t_s, run.tenths) + " " + e.text).join("\n")));
  });
}

const SHADES = 8;
// Between what times a series lies, for maps on one scale.
function timeEnds(run, id, range) {
  const hist = run.hist(id, ...run.windows(range), 3), rows = [...hist.at.keys()];
  return rows.length ? [upper(hist.schema, Math.min(...rows) - 1), upper(hist.schema, Math.max(...rows))] : null;
}
// Times over time: the more, the darker; the scale is a square root.
function heatMap(view, s, options) {
  const run = view.run, w = run.w.series[s.id], [a, b] = run.windows(view.range), small = options.small;
  const width = view.width(small), inner = width - (small ? 68 : width < 500 ? 96 : 156);
  const group = Math.max(1, Math.ceil((b - a) / (inner / 3))), fine = Math.min(w.hist.schema, small ? 2 : 3);
  const columns = [];
  for (let j = a; j < b; j += group) {
    const k = Math.min(j + group, b);
    columns.push({ from: run.w.t_s[j], to: run.end[k - 1], hist: run.hist(s.id, j, k, fine, view.of) });
  }
  // On the scale of all, so that those that failed can be held against the others.
  const rows = [...run.hist(s.id, a, b, fine).at.keys()];
  const schema = columns[0]?.hist.schema ?? 3;
  const low = rows.length ? Math.min(...rows) : 0, high = rows.length ? Math.max(...rows) : 1;
  const density = (column, n) => n / Math.max(column.to - column.from, 1e-3);
  const most = Math.max(...columns.flatMap((c) => [...c.hist.at.values()].map((n) => density(c, n))), 1e-9);
  const limits = small ? [] : run.limits(s);
  const ends = options.ends || [upper(schema, low - 1), upper(schema, high)];
  for (const limit of limits) { ends[0] = Math.min(ends[0], limit.limit / 1.3); ends[1] = Math.max(ends[1], limit.limit * 1.3); }
  return timeChart(view, {
    ...options, log: true, low: ends[0], high: ends[1], format: shortTime, limits, lines: options.lines || [],
    under: ({ x, y }) => {
      const paths = Array(SHADES).fill("");
      for (const column of columns) for (const [i, n] of column.hist.at) {
        const shade = Math.min(SHADES - 1, Math.max(0, Math.ceil(Math.sqrt(density(column, n) / most) * SHADES) - 1));
        const l = x(column.from), r = x(column.to), t = y(upper(schema, i)), u = y(upper(schema, i - 1));
        paths[shade] += `M${l.toFixed(1)} ${t.toFixed(1)}h${(r - l + 0.3).toFixed(1)}v${(u - t + 0.3).toFixed(1)}h${(l - r - 0.3).toFixed(1)}z`;
      }
      return paths.map((d, k) => svg("path", { d, class: "h" + k }));
    },
    note: small ? null : el("span", { class: "shades" }, "few ",
      tiny(SHADES * 14, 10, Array.from({ length: SHADES }, (_, k) => svg("rect", { x: k * 14, width: 14, height: 10, class: "h" + k }))),
      ` ${digits(most)} a second in one cell (square root); cells are ${Math.round((upper(schema, 1) - 1) * 100)} % high. ${{ ok: "Those that failed are not in it.", failed: "Only those that failed are in it." }[view.of] || "All are in it, the failed ones too."}`),
  });
}

// The percentile spectrum: nines to the right, times upwards.
function spectrum(view, options) {
  const lines = options.lines.filter((line) => line.steps && line.steps.length), small = options.small;
  const width = view.width(small), height = options.height || 220, left = small || width < 500 ? 50 : 56, right = small ? 18 : width < 500 ? 64 : 100, top = 10, bottom = height - 24;
  const nines = (p) => -Math.log10(Math.max(1 - p, 1e-12));
  const most = Math.max(...lines.map((line) => Math.log10(Math.max(line.n, 10))), 1);
  const limits = options.limits || [];
  const values = lines.flatMap((line) => line.steps.map((s) => s[0])).concat(limits.map((l) => l.limit));
  const low = Math.min(...values) * 0.85 || 1e-3, high = Math.max(...values) * 1.2 || 1;
  const x = (v) => left + (width - left - right) * Math.min(v, most) / most, y = scaleY("log", low, high, top, bottom);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "chart" });
  for (const tick of ticksLog(low, high)) root.append(svg("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick), class: "grid" }), svg("text", { x: left - 6, y: y(tick) + 4, class: "tick end" }, shortTime(tick)));
  for (const [p, text] of [[0, "0"], [0.5, "50 %"], [0.9, "90"], [0.99, "99"], [0.999, "99.9"], [0.9999, "99.99"], [0.99999, "99.999"]]) {
    if (nines(p) > most + 1e-6) continue;
    root.append(svg("line", { x1: x(nines(p)), x2: x(nines(p)), y1: top, y2: bottom, class: "grid" }), svg("text", { x: x(nines(p)), y: bottom + 16, class: "tick mid" }, text));
  }
  const labels = [];
  for (const line of lines) {
    const solid = Math.log10(Math.max(line.n / 10, 1));
    let d = "", before = null, faint = "";
    for (const [v, p] of line.steps) {
      const q = Math.min(nines(p), Math.log10(Math.max(line.n, 1)));
      const point = x(q).toFixed(1) + " " + y(v).toFixed(1);
      if (q <= solid + 1e-9) { d += (d ? "L" : "M") + point; before = point; }
      else faint += (faint ? "L" : "M" + (before ? before + "L" : "")) + point;
    }
    root.append(svg("path", { d, class: "line " + line.class }), svg("path", { d: faint, class: "line faint " + line.class }));
    const last = line.steps[line.steps.length - 1];
    labels.push({ y: y(last[0]), text: small ? "" : line.text, class: line.class });
  }
  for (const limit of limits) {
    root.append(svg("line", { x1: left, x2: width - right, y1: y(limit.limit), y2: y(limit.limit), class: "limit" }, svg("title", {}, limit.expression)));
    labels.push(limitLabel(limit, y, width, right, small ? null : root));
  }
  if (!small) root.append(...endLabels(labels, width - right + 5, top, bottom));
  root.append(svg("line", { x1: left, x2: width - right, y1: bottom, y2: bottom, class: "axis" }));
  return figureOf(view, options, root, null, options.table);
}

// A line in a cell.
function sparkline(run, id, a, b) {
  const s = run.w.series[id], width = 96, height = 20;
  const steps = run.column((j) => (j >= s.first_window ? s.max_s[j] : null), a, b).filter(([, , v]) => v > 0);
  if (!steps.length) return "";
  const values = steps.map((x) => x[2]), low = Math.min(...values), high = Math.max(...values, low * 2);
  const from = run.w.t_s[a], to = run.end[b - 1];
  const x = (t) => 1 + (width - 2) * (t - from) / (to - from || 1), y = scaleY("log", low, high, 2, height - 2);
  return svg("svg", { width, height, class: "spark", "aria-hidden": "true" }, svg("path", { d: stepPath(steps, x, y), class: "line c-max" }));
}
