// What all scripts need: the browser, checks, a server of one file with headers.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.PAGE_TOOLS + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const folder = process.argv[2];
let failed = 0, passed = 0;

export function check(name, ok, ...more) {
  if (ok) passed += 1;
  else { failed += 1; console.log("FAILED: " + name, ...more.map((m) => JSON.stringify(m)?.slice(0, 2000))); }
}
export const equal = (name, is, should) => check(name, JSON.stringify(is) === JSON.stringify(should), { is, should });

export async function browse(work) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try { await work(browser); } finally { await browser.close(); }
  console.log(`${passed} checks passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

// A page whose faults and requests are noted.
export async function open(browser, url, options = {}) {
  const { width = 1280, height = 900, ...more } = options;
  const context = await browser.newContext({ viewport: { width, height }, ...more });
  const page = await context.newPage();
  page.faults = [];
  page.asked = [];
  page.on("pageerror", (e) => page.faults.push(e.message + "\n" + e.stack));
  page.on("console", (m) => { if (m.type() === "error") page.faults.push(m.text()); });
  page.on("request", (r) => page.asked.push(r.url()));
  await page.goto(url);
  if (more.javaScriptEnabled !== false) await page.waitForFunction(() => document.querySelector("#spectrum figure, #spectrum p"), null, { timeout: 20000 }).catch(() => {});
  return page;
}
export const file = (name) => "file://" + folder + "/" + name;

// No request but for itself, no fault, nothing wider than the window.
export async function sound(name, page) {
  equal(name + ": faults", page.faults, []);
  check(name + ": requests leave", page.asked.every((url) => /^(file:|blob:|data:|http:\/\/127\.0\.0\.1:)/.test(url)), page.asked);
  const { wide, inner } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, inner: innerWidth }));
  check(name + ": overflow", wide <= inner, { wide, inner });
}
export async function accessible(name, page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
  const serious = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
  equal(name + ": axe", serious.map((v) => [v.id, v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160) + " " + (n.any[0]?.message || ""))]), []);
}
export async function serve(path, headers) {
  const server = createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(readFileSync(path)));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

// Figures as they follow from the document, by other means than the page's.
export function expected(doc, id, range) {
  const w = doc.windows, s = w.series[id], hist = new Map();
  let count = 0, failed = 0, length = 0, max = 0, sum = 0;
  w.t_s.forEach((t, j) => {
    const middle = t + w.length_s[j] / 2;
    if (middle < range[0] || middle > range[1]) return;
    count += s.count[j]; failed += s.failed[j]; length += w.length_s[j]; sum += s.sum_s[j];
    max = Math.max(max, s.max_s[j] ?? 0);
    s.hist.counts[j].forEach((n, k) => hist.set(s.hist.first[j] + k, (hist.get(s.hist.first[j] + k) || 0) + n));
  });
  const buckets = [...hist].sort((a, b) => a[0] - b[0]);
  const quantile = (p) => {
    let below = 0;
    for (const [i, n] of buckets) {
      if (n && below + n >= p * count) {
        const end = (k) => 2 ** (k / 2 ** s.hist.schema);
        return Math.min(max, end(i - 1) + (end(i) - end(i - 1)) * (p * count - below) / n);
      }
      below += n;
    }
  };
  return { count, failed, rate: count / length, mean: sum / count, max, quantile };
}
export const ms = (text) => {
  const [, value, unit] = text.replace(/[\u202f,]/g, "").match(/([\d.]+) (ms|s)/) || [];
  return unit === "s" ? value * 1000 : +value;
};
