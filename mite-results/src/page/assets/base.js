// Elements, figures in words, histograms.
const SVG = "http://www.w3.org/2000/svg";

// An element; texts are always texts, whatever is in them.
function make(ns, name, attributes, ...children) {
  const node = ns ? document.createElementNS(ns, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}
const el = (name, attributes, ...children) => make(null, name, attributes, ...children);
const svg = (name, attributes, ...children) => make(SVG, name, attributes, ...children);
const button = (word, key, pressed, onclick, more) => el("button", { type: "button", "data-key": key, "aria-pressed": String(pressed), onclick, ...more }, word);
const para = (...text) => el("p", {}, ...text), note = (...text) => el("p", { class: "note" }, ...text), plus = (x, y) => x + y;
// A drawing in a line, which is said in words beside it.
const tiny = (width, height, ...drawn) => svg("svg", { width, height, "aria-hidden": "true" }, ...drawn);
const $ = (id) => document.getElementById(id);

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
function digits(value) {
  const v = Math.abs(value);
  if (v >= 99.95) return grouped.format(value).replaceAll(",", "\u202f");
  return value.toFixed(v >= 9.995 ? 1 : v >= 0.9995 ? 2 : v === 0 ? 0 : 3);
}
const counted = (v) => (Math.abs(v) >= 1000 ? whole(v) : String(+v.toPrecision(3)));
const whole = (n) => grouped.format(n).replaceAll(",", "\u202f");
function time(s) {
  if (s === null || s === undefined || Number.isNaN(s)) return "–";
  return s < 0.9995 ? digits(s * 1e3) + " ms" : digits(s) + " s";
}
function percent(share) {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  const p = share * 100;
  return (p === 0 ? "0" : p >= 9.95 ? p.toFixed(0) : p >= 0.995 ? p.toFixed(1) : p >= 0.01 ? p.toFixed(2) : "<\u202f0.01") + " %";
}
function bytes(n) {
  for (const unit of ["B", "KB", "MB", "GB"]) {
    if (n < 1000 || unit === "GB") return digits(n) + " " + unit;
    n /= 1000;
  }
}
// Time of the run: 02:05, 1:02:05; tenths where a window is shorter than a second.
function clock(s, tenths) {
  const t = tenths ? Math.round(s * 10) / 10 : Math.round(s);
  const h = Math.floor(t / 3600), m = Math.floor(t / 60) % 60, two = (n) => String(n).padStart(2, "0");
  const rest = tenths ? (t % 60).toFixed(1).padStart(4, "0") : two(t % 60);
  return (h ? h + ":" : "") + two(m) + ":" + rest;
}
const plural = (n, noun) => whole(n) + " " + noun + (n === 1 ? "" : "s");

// Base-2 exponential histograms: bucket i of schema s ends at 2^(i/2^s) seconds.
const upper = (schema, i) => 2 ** (i / 2 ** schema);
const coarser = (i, steps) => (i + 2 ** steps - 1) >> steps;

class Hist {
  constructor(schema) { this.schema = schema; this.n = 0; this.at = new Map(); }
  add(schema, first, counts, sign = 1) {
    const steps = schema - this.schema;
    counts.forEach((n, k) => {
      if (!n) return;
      const i = coarser(first + k, steps);
      const left = (this.at.get(i) || 0) + sign * n;
      if (left > 0) this.at.set(i, left);
      else this.at.delete(i);
      this.n += sign * n;
    });
    return this;
  }
  sorted() { return [...this.at].sort((a, b) => a[0] - b[0]); }
  // As windows do in Rust: linear inside of a bucket.
  quantile(p) {
    const goal = p * this.n;
    let below = 0;
    for (const [i, n] of this.sorted()) {
      if (below + n >= goal) {
        const low = upper(this.schema, i - 1), share = Math.min(Math.max((goal - below) / n, 0), 1);
        return low + (upper(this.schema, i) - low) * share;
      }
      below += n;
    }
    return null;
  }
  // The share of times up to `limit`.
  share(limit) {
    let below = 0;
    for (const [i, n] of this.sorted()) {
      const low = upper(this.schema, i - 1), high = upper(this.schema, i);
      if (high <= limit) below += n;
      else if (low < limit) below += n * (limit - low) / (high - low);
    }
    return this.n ? below / this.n : null;
  }
  // [time, share up to it], ascending.
  steps() {
    let below = 0;
    return this.sorted().map(([i, n]) => [upper(this.schema, i), (below += n) / this.n]);
  }
}

// HdrHistogram's V2 format, deflated, in base64: [seconds, share up to it].
async function hdrSteps(text) {
  if (!text || typeof DecompressionStream === "undefined") return null;
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const inflated = new Blob([raw.subarray(8)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = new DataView(await new Response(inflated).arrayBuffer());
  const length = data.getInt32(4), lowest = Number(data.getBigInt64(16)), figures = data.getInt32(12);
  const magnitude = Math.ceil(Math.log2(2 * 10 ** figures)), half = 2 ** (magnitude - 1);
  const unit = Math.floor(Math.log2(lowest));
  const counts = [];
  let at = 40, index = 0, total = 0;
  const end = 40 + length;
  while (at < end) {
    let value = 0n, shift = 0n, byte;
    do {
      byte = data.getUint8(at++);
      if (shift === 56n) { value |= BigInt(byte) << shift; break; }
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
    } while (byte & 128);
    const n = Number((value >> 1n) ^ -(value & 1n));
    if (n < 0) index -= n;
    else { if (n) { counts.push([index, n]); total += n; } index += 1; }
  }
  let below = 0;
  return counts.map(([i, n]) => {
    let bucket = Math.floor(i / half) - 1, sub = (i % half) + half;
    if (bucket < 0) { sub -= half; bucket = 0; }
    const scale = 2 ** (bucket + unit);
    return [((sub + 1) * scale - 1) * 1e-6, (below += n) / total];
  });
}
