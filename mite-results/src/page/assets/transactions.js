// The table of transactions, requests and journeys, and what opens under a row.
const COLUMNS = [
  ["share", "of all time", (f, s, run) => f.share], ["count", "count", (f) => f.count], ["rate", "per s", (f) => f.rate], ["failed", "failed", (f) => f.count ? f.failed / f.count : 0],
  ["mean", "mean", (f) => f.mean], ["p50", "p50", (f) => f.p.p50], ["p90", "p90", (f) => f.p.p90], ["p99", "p99", (f) => f.p.p99], ["max", "max", (f) => f.max],
];
const MOST_ROWS = 100;

function transactions(view) {
  const { run, list } = view;
  const kinds = [["transaction", "transactions"], ["request", "requests"], ["journey", "journeys"]].filter(([kind]) => run.doc.series.some((s) => s.kind === kind));
  if (!kinds.length) return para("Nothing ended.");
  if (!kinds.some(([kind]) => kind === list.kind)) list.kind = kinds[0][0];
  const body = el("tbody"), more = el("p", { class: "note" }), headRow = el("tr");
  const draw = () => {
    const find = list.find.toLowerCase();
    const of = run.doc.series.filter((s) => s.kind === list.kind);
    const known = of.map((s) => [s, run.figures(s, view.range)]).filter(([s, f]) => f && run.title(s).toLowerCase().includes(find));
    const all = known.reduce((n, [, f]) => n + f.total, 0);
    for (const [, f] of known) f.share = all ? f.total / all : null;
    const get = COLUMNS.find(([key]) => key === list.sort)?.[2];
    known.sort(get ? (x, y) => (get(y[1]) ?? -1) - (get(x[1]) ?? -1) : (x, y) => run.title(x[0]).localeCompare(run.title(y[0])));
    if (list.up) known.reverse();
    headRow.replaceChildren(header(view, "name", "name", draw), ...COLUMNS.map(([key, word]) => header(view, key, word, draw)), el("th", { scope: "col" }, "max over time"), el("th", { scope: "col" }, "limit"));
    const shown = known.slice(0, list.all ? 1000 : MOST_ROWS);
    body.replaceChildren(...shown.flatMap(([s, f]) => rowOf(view, s, f)));
    const without = view.range ? of.length - of.filter((s) => run.figures(s, view.range)).length : 0;
    more.replaceChildren(known.length > shown.length ? `${whole(shown.length)} of ${whole(known.length)} are shown: ` : "",
      known.length > shown.length && !list.all ? el("button", { type: "button", onclick: () => { list.all = true; draw(); } }, "show up to 1 000") : "",
      without ? ` ${plural(without, "row")} without windows in this stretch: only the ${view.run.w.series ? Object.keys(view.run.w.series).length : 0} series with most time have them.` : "");
  };
  const search = el("input", { type: "search", id: "find", value: list.find, oninput: () => { list.find = search.value; draw(); } });
  draw();
  return [
    el("p", { class: "pick" }, kinds.map(([kind, word]) => button(word, "kind" + kind, kind === list.kind, () => { list.kind = kind; view.redraw("kind" + kind); })),
      " ", el("label", { for: "find" }, "Find "), search),
    note(view.range ? "Figures of the chosen stretch, from the histograms of its windows: percentiles are within 9.1 %." : "Figures of the whole run, to three digits.",
      " Times are from when it was due where that is known. A name opens its own charts. In grey: fewer than ten samples lie beyond."),
    scrolled(el("table", { class: "list" }, el("caption", { class: "hidden" }, "By name"), el("thead", {}, headRow), body)), more,
  ];
}
function header(view, key, word, draw) {
  const { list } = view, sorted = list.sort === key;
  const button = el("button", { type: "button", onclick: () => {
    list.up = sorted ? !list.up : false;
    list.sort = key;
    draw();
    button.closest("table")?.querySelector(`[data-sort=${key}]`)?.focus();
  }, "data-sort": key }, word, sorted ? (list.up ? " ▲" : " ▼") : "");
  return el("th", { scope: "col", class: key === "name" ? null : "n", "aria-sort": sorted ? (list.up ? "ascending" : "descending") : null }, button);
}
function rowOf(view, s, f) {
  const { run } = view, open = view.open.has(s.id), limits = run.limits(s), base = view.baseOf(s), was = base && view.base.figures(base, view.range);
  const at = (p, name) => {
    const v = f.p[name], sure = f.sure(p), broken = limits.some((l) => figure(l.expression) === name && !l.ok && !view.range);
    const between = f.interval(p), change = was && was.p[name] && v ? v / was.p[name] - 1 : null;
    return el("td", { class: "n" + (sure ? "" : " few") + (broken ? " over" : ""), title: between ? `between ${time(between[1])} and ${time(between[2])} with 99 %` : sure ? null : "fewer than ten samples lie beyond it" },
      broken ? "! " : "", time(v), change === null ? null : el("small", {}, ` ${change >= 0 ? "+" : "−"}${Math.abs(change * 100).toFixed(Math.abs(change) < 0.0995 ? 1 : 0)} %`));
  };
  const [a, b] = run.windows(view.range);
  const shares = limits.length && run.has(s.id) ? limits.map((l) => `${percent(run.hist(s.id, a, b).share(l.limit))} within ${shortTime(l.limit)}`).join(", ") : "";
  const button = el("button", { type: "button", class: "name", "aria-expanded": String(open), "data-key": "tx" + s.id, onclick: () => {
    open ? view.open.delete(s.id) : view.open.add(s.id);
    view.redraw("tx" + s.id);
  } }, el("bdi", {}, run.title(s)));
  const row = el("tr", { class: open ? "open" : null }, el("th", { scope: "row" }, button),
    el("td", { class: "n bar" }, f.share === null ? "–" : [tiny(40, 8, svg("rect", { width: 40, height: 8, class: "track" }), svg("rect", { width: 40 * f.share, height: 8, class: "fill" })), " " + percent(f.share)]),
    el("td", { class: "n" }, whole(f.count)), el("td", { class: "n" }, f.rate === null ? "–" : digits(f.rate)), el("td", { class: "n" + (f.failed ? " over" : "") }, percent(f.count ? f.failed / f.count : 0)),
    el("td", { class: "n" }, time(f.mean)), at(0.5, "p50"), at(0.9, "p90"), at(0.99, "p99"), el("td", { class: "n" }, time(f.max)),
    el("td", {}, run.has(s.id) && b > a ? sparkline(run, s.id, a, b) : ""), el("td", {}, limits.map((l) => chip(l.ok)), shares ? el("small", {}, " " + shares) : ""));
  return open ? [row, el("tr", { class: "detail" }, el("td", { colspan: COLUMNS.length + 3 }, detail(view, s)))] : [row];
}

// Small multiples of one row, all on the same scale of time.
function detail(view, s) {
  const { run } = view, [a, b] = run.windows(view.range), w = run.w.series[s.id];
  const box = el("div", { class: "multiples" });
  if (w && b > a) {
    const key = "m" + s.id;
    box.append(
      timeChart(view, { key, small: true, title: "Ended a second", height: 130, lines: [{ key: "n", text: "n", class: "c-1", steps: run.rate(w.count, a, b) }] }),
      timeChart(view, { key, small: true, title: "p50, p90, p99, max", height: 130, log: true, format: shortTime, lines: percentileLines(view, s, run, a, b), limits: run.limits(s) }),
      bothTimes(view, s, { key, small: true, height: 130 }) || "",
      timeChart(view, { key, small: true, title: "Failed", height: 130, floor: 1, lines: [{ key: "f", text: "f", class: "c-bad", area: true, steps: run.column((j) => w.failed[j], a, b) }] }),
      heatMap(view, s, { key, small: true, title: view.of === "all" ? "Times" : "Times of those that " + (view.of === "ok" ? "did not fail" : "failed"), height: 130 }));
    const place = el("div");
    box.append(place);
    spectrumOf(view, s, true).then((node) => place.replaceChildren(node));
  } else box.append(note("It has no windows: they are kept of the series with the most time."));
  const inside = run.inside(s);
  const codes = {}, add = (of) => Object.entries(of || {}).forEach(([k, n]) => { codes[k] = (codes[k] || 0) + n; });
  inside.forEach((r) => { add(r.codes); add(r.kinds); });
  if (Object.keys(codes).length) box.append(el("div", {}, el("b", {}, "Codes and errors, whole run"), table("Codes", ["what", "count"], Object.entries(codes).sort((x, y) => y[1] - x[1]).map(([k, n]) => [k, whole(n)]), [1])));
  const parts = inside.flatMap((r) => PHASES.map(([key, word]) => [inside.length > 1 ? (r.name || "") + ": " + word : word, r.phases?.[key]])).filter(([, t]) => t);
  if (parts.length) {
    const most = Math.max(...parts.map(([, t]) => t.mean_s));
    const told = inside.filter((r) => r.phases), sum = (of) => told.reduce((n, r) => n + of(r), 0);
    const known = sum((r) => r.phases_count ?? r.count), all = sum((r) => r.count);
    const of = known < all ? `of ${whole(known)} of ${whole(all)} requests: it was looked at more closely once it was among those with the most time` : "whole run";
    box.append(el("div", {}, el("b", {}, "Where the time went, " + of), table("Phases", ["phase", "times", "mean", "p99", ""], parts.slice(0, 30).map(([word, t]) => [
      el("bdi", {}, word), whole(t.count), time(t.mean_s), time(t.p.find(([p]) => p === 99)?.[1]), tiny(60, 8, svg("rect", { width: Math.max(1, 60 * t.mean_s / most), height: 8, class: "fill" }))]), [1, 2, 3])));
  }
  return box;
}
