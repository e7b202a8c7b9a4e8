// A run: its document, and figures of any stretch of it.
const LINES = [[0.5, "p50"], [0.9, "p90"], [0.99, "p99"], [0.999, "p99.9"]];

class Run {
  constructor(doc) {
    this.doc = doc;
    const w = this.w = doc.windows;
    this.n = w.t_s.length;
    this.end = w.t_s.map((t, j) => t + w.length_s[j]);
    this.series = new Map(doc.series.map((s) => [s.id, s]));
    this.length = Math.max(doc.run.elapsed_s, this.n ? this.end[this.n - 1] : 0, 1e-3);
    this.tenths = this.length < 20;
    this.cache = new Map();
  }
  has(id) { return Boolean(this.w.series[id]); }
  // What the run is looked at by: requests, or what else there is.
  total() {
    const of = (kind) => this.doc.series.find((s) => s.kind === kind && s.count > 0);
    return of("all_requests") || of("all_transactions") || of("all_journeys") || this.doc.series.find((s) => this.has(s.id)) || null;
  }
  main() {
    const s = this.total();
    return s && this.has(s.id) ? s : null;
  }
  of(kind) { return this.doc.series.find((s) => s.kind === kind); }
  title(s) {
    const all = { all_requests: "all requests", all_transactions: "all transactions", all_journeys: "all journeys" }[s.kind];
    if (all) return all;
    const name = s.method && s.name && !s.name.startsWith(s.method) ? s.method + " " + s.name : s.name;
    const tags = Object.entries(s.tags || {}).map(([k, v]) => k + "=" + v);
    return [s.journey, s.transaction, name, ...tags].filter(Boolean).join(", ");
  }
  // The windows whose middle lies in a stretch: from, to (without).
  windows(range) {
    if (!range) return [0, this.n];
    let a = 0, b = this.n;
    const middle = (j) => this.w.t_s[j] + this.w.length_s[j] / 2;
    while (a < b && middle(a) < range[0]) a++;
    while (b > a && middle(b - 1) > range[1]) b--;
    return [a, b];
  }
  // Of all, of those that failed or did not, or of service times where those are other ones.
  hist(id, a, b, schema, which) {
    const s = this.w.series[id], made = new Hist(Math.min(schema ?? s.hist.schema, s.hist.schema));
    const add = (hist, sign) => { for (let j = a; hist && j < b; j++) made.add(hist.schema, hist.first[j], hist.counts[j], sign); };
    add(which === "failed" ? s.failed_hist : which === "service" && s.service_hist || s.hist);
    if (which === "ok") add(s.failed_hist, -1);
    return made;
  }
  // Whether it is known how long those took that failed.
  apart(id) { const s = this.w.series[id]; return Boolean(s.failed_hist) || !s.failed.some(Boolean); }
  // Figures of a series in a stretch; of the whole run they are exact.
  figures(s, range) {
    const key = s.id + "/" + (range ? range.join() : "");
    if (this.cache.has(key)) return this.cache.get(key);
    const made = range ? this.ofRange(s, range) : this.ofAll(s);
    this.cache.set(key, made);
    return made;
  }
  ofAll(s) {
    const times = s.response || s.service;
    const at = (p) => times && times.p.find(([q]) => Math.abs(q - p * 100) < 1e-6)?.[1];
    return {
      exact: true, count: s.count, failed: s.failed, rate: s.rate_per_s, mean: times?.mean_s, min: times?.min_s, max: times?.max_s,
      total: times ? times.mean_s * times.count : 0,
      p: Object.fromEntries(LINES.map(([p, name]) => [name, at(p)])),
      sure: (p) => s.count * (1 - p) >= 10 - 1e-9,
      interval: (p) => times?.interval99?.find(([q]) => q === p * 100),
    };
  }
  ofRange(s, range) {
    const w = this.w.series[s.id], [a, b] = this.windows(range);
    if (!w || w.first_window > a) return null;
    const sum = (column) => { let n = 0; for (let j = a; j < b; j++) n += column[j] || 0; return n; };
    const count = sum(w.count), length = sum(this.w.length_s), total = sum(w.sum_s);
    let max = null;
    for (let j = a; j < b; j++) if (w.max_s[j] !== null && (max === null || w.max_s[j] > max)) max = w.max_s[j];
    const hist = this.hist(s.id, a, b);
    return {
      exact: false, count, failed: sum(w.failed), rate: length ? count / length : null, mean: count ? total / count : null, min: null, max, total,
      p: Object.fromEntries(LINES.map(([p, name]) => {
        const q = hist.quantile(p);
        return [name, q === null ? null : Math.min(q, max ?? q)];
      })),
      sure: (p) => count * (1 - p) >= 10 - 1e-9,
      interval: () => null,
    };
  }
  // A percentile over time: steps [from, to, value]. A step is as many windows as it takes
  // for ten samples to lie beyond it, up to a tenth of all; else there is a gap.
  steps(id, p, a, b, which) {
    const s = this.w.series[id], steps = [];
    if (!s) return steps;
    const need = 10 / (1 - p) - 1e-6, most = b > a ? (this.end[b - 1] - this.w.t_s[a]) / 10 : 0;
    let from = null, n = 0;
    for (let j = Math.max(a, s.first_window); j < b; j++) {
      if (from === null) from = j;
      n += s.count[j];
      while (j > from && this.end[j] - this.w.t_s[from] > most) n -= s.count[from++];
      if (n >= need) {
        const q = this.hist(id, from, j + 1, null, which).quantile(p);
        const max = Math.max(...s.max_s.slice(from, j + 1).filter((v) => v !== null));
        steps.push([this.w.t_s[from], this.end[j], Math.min(q, max)]);
        from = null;
        n = 0;
      }
    }
    return steps;
  }
  column(get, a, b) {
    const steps = [];
    for (let j = a; j < b; j++) {
      const v = get(j);
      if (v !== null && v !== undefined) steps.push([this.w.t_s[j], this.end[j], v]);
    }
    return steps;
  }
  rate(column, a, b) { return this.column((j) => this.w.length_s[j] > 0 ? column[j] / this.w.length_s[j] : null, a, b); }
  // Limits on the times of a series, as [value, text].
  limits(s) {
    return this.doc.verdict.limits.filter((limit) => {
      if (limit.unit !== "s") return false;
      const what = limit.expression.split(" ")[0], scope = limit.scope || {};
      const kinds = { http: ["all_requests", "request"], transactions: ["all_transactions", "transaction"], journeys: ["all_journeys", "journey"] }[what];
      if (!kinds || !kinds.includes(s.kind)) return false;
      if (s.kind.startsWith("all_")) return !Object.keys(scope).some((key) => key !== "time");
      const transaction = s.kind === "transaction" ? s.name : s.transaction;
      const mine = { transaction, journey: s.journey, name: s.name, request: s.name };
      return Object.entries(scope).every(([key, value]) => key === "time" || mine[key] === value);
    });
  }
  // Requests inside of a transaction or a journey.
  inside(s) {
    if (s.kind === "request") return [s];
    return this.doc.series.filter((r) => r.kind === "request" && r.journey === s.journey && (s.kind === "journey" || r.transaction === s.name));
  }
}

const comparison = (expression) => expression.split(" ").find((word) => ["<", "<=", ">", ">=", "==", "!="].includes(word)) || "<";
const figure = (expression) => expression.split(" ")[1] || "";
