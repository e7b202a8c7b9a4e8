// Runs the script of the book as k6 would, one iteration after the other, with stand-ins
// for its modules: k6 itself is a program of its own.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [script, url] = process.argv.slice(2);

function ask(method, url, body, params) {
  const headers = Object.entries(params?.headers ?? {}).map(([key, value]) => `${key}: ${value}`);
  const words = headers.flatMap((header) => ['-H', header]);
  if (typeof body === 'string') words.push('-d', body);
  for (const [key, value] of Object.entries(typeof body === 'object' ? body : {})) {
    words.push('--data-urlencode', `${key}=${value}`);
  }
  const text = execFileSync('curl', ['-s', '-f', '-X', method, ...words, url], { encoding: 'utf8' });
  return { json: (key) => JSON.parse(text)[key] };
}

globalThis.k6 = {
  http: { get: (url) => ask('GET', url, {}), post: (url, body, params) => ask('POST', url, body, params) },
  check(response, checks) {
    for (const [name, holds] of Object.entries(checks)) {
      if (!holds(response)) throw new Error(`check: ${name}`);
    }
  },
  group: (_name, body) => body(),
  sleep: () => {},
};
globalThis.__ENV = { SHOP_URL: url };
const text = readFileSync(script, 'utf8')
  .replace("import http from 'k6/http';", 'const { http } = globalThis.k6;')
  .replace("import { check, group, sleep } from 'k6';", 'const { check, group, sleep } = globalThis.k6;');
const place = join(tmpdir(), `mite-book-k6-${process.pid}.mjs`);
writeFileSync(place, text);
const { default: iteration, options } = await import(place);
const { executor, iterations, vus } = options.scenarios.visits;
if (executor !== 'shared-iterations') throw new Error(executor);
for (let n = 0; n < iterations; n += 1) {
  globalThis.__VU = 1 + (n % vus);
  iteration();
}
