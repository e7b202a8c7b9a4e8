// The start: from the data in the page, or from the run while it goes on.
function theme() {
  const button = $("theme"), root = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)");
  const be = (dark) => { root.dataset.theme = dark ? "dark" : "light"; button.setAttribute("aria-pressed", String(dark)); };
  button.hidden = false;
  button.onclick = () => be(root.dataset.theme !== "dark");
  system.addEventListener("change", () => be(system.matches));
  be(system.matches);
}
function begin() {
  document.body.classList.add("on");
  theme();
  addEventListener("keydown", (event) => { if (event.key === "Escape") view.setRange(null); });
  addEventListener("hashchange", () => { if (location.hash.includes("=")) view.setRange(follow(view)); });
  let last = innerWidth, waits = null;
  addEventListener("resize", () => { clearTimeout(waits); waits = setTimeout(() => { if (innerWidth !== last) { last = innerWidth; view.redraw(); } }, 150); });
}
const first = (doc) => { view.run = new Run(doc); const range = follow(view); begin(); view.setRange(range); };

const source = $("run");
if (source) {
  view.short = [...document.querySelectorAll("#short li")].map((li) => li.textContent);
  view.dropped = $("dropped")?.textContent;
  const base = $("base");
  if (base) view.base = new Run(JSON.parse(base.textContent));
  first(JSON.parse(source.textContent));
} else live();

// Windows that came since are added to those that are known.
function added(before, now) {
  const w = before.windows, more = now.windows, n = w.t_s.length, m = more.t_s.length;
  const column = (a, b, length, fill) => [...(a || Array(length).fill(fill)), ...(b || Array(m).fill(fill))];
  const windows = { ...more };
  for (const key of Object.keys(more)) if (Array.isArray(more[key]) && key !== "cpu") windows[key] = column(w[key], more[key], n, null);
  windows.cpu = Array.from({ length: Math.max(w.cpu.length, more.cpu.length) }, (_, k) => column(w.cpu[k], more.cpu[k], n, null));
  windows.dropped = {};
  for (const key of new Set([...Object.keys(w.dropped), ...Object.keys(more.dropped)])) windows.dropped[key] = column(w.dropped[key], more.dropped[key], n, 0);
  windows.series = {};
  for (const [id, s] of Object.entries(more.series)) {
    const old = w.series[id], both = { ...s, first_window: old ? old.first_window : n + s.first_window };
    for (const key of ["count", "failed", "sum_s", "received_bytes"]) both[key] = column(old?.[key], s[key], n, 0);
    both.max_s = column(old?.max_s, s.max_s, n, null);
    for (const key of ["hist", "failed_hist", "service_hist"]) {
      const was = old?.[key], is = s[key];
      if (was || is) both[key] = { ...was, ...is, first: column(was?.first, is?.first, n, 0), counts: column(was?.counts, is?.counts, n, []) };
    }
    windows.series[id] = both;
  }
  return { ...now, windows };
}

// Of a page in a file, as `--html` writes it.
const POLICY = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">`;
// The page as it came, with what is known: for when nobody answers any more.
function asReport(pristine, doc) {
  const tag = "<" + "script", data = JSON.stringify(doc).replaceAll("<", "\\u003c");
  const bare = pristine.replaceAll(/ nonce="[^"]*"/g, "").replace("<title>", POLICY + "\n<title>"), at = bare.indexOf(tag);
  return "<!doctype html>\n" + bare.slice(0, at) + tag + ' type="application/json" id="run">' + data + "</" + "script>\n" + bare.slice(at);
}

async function live() {
  let doc = null, failed = 0;
  const pristine = document.documentElement.outerHTML;
  const say = (text, bad) => { $("state").textContent = text; $("state").className = bad ? "bad" : ""; };
  controls();
  for (;;) {
    // A page that has seen many single seconds takes the merged history again.
    const fresh = !doc || doc.windows.t_s.length > 500;
    const w = doc?.windows, known = fresh || !w.t_s.length ? 0 : w.t_s[w.t_s.length - 1] + 1e-4;
    try {
      const answer = await fetch("run.json?since=" + known.toFixed(4), { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      failed = 0;
      $("gone").hidden = true;
      doc = fresh || told.whole ? told.run : added(doc, told.run);
      view.running = told.state === "running";
      view.short = told.short;
      view.dropped = told.left_out;
      const follows = view.run && view.range && Math.abs(view.range[1] - view.run.length) < 1.5, wide = follows && view.range[1] - view.range[0];
      if (!view.run) first(doc);
      else {
        view.run = new Run(doc);
        if (follows) view.range = [Math.max(0, view.run.length - wide), view.run.length];
        view.tick();
      }
      $("ended").hidden = view.running;
      say(view.running ? "live" : "the run has ended");
      if (!view.running) { $("control").hidden = true; view.drawn = false; view.redraw(); return; }
    } catch (error) {
      if (++failed >= 3) say(view.run ? "the run does not answer any more: it has ended, or its machine cannot be reached" : "no answer yet", true);
      if (failed === 3 && doc) {
        $("gone").hidden = false;
        $("save").onclick = () => save(doc.run.test.replace(/[^\w.-]+/g, "-") + ".html", "text/html", asReport(pristine, doc));
      }
      if (failed > 60) return;
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
}
// Marks and the end of the run, for who has the token.
function controls() {
  const box = $("control"), token = $("token"), text = $("text"), said = $("done");
  box.hidden = false;
  // Behind the `#` of the printed address, or as ?token=; the link that is handed on has none.
  const given = location.hash.match(/^#([0-9a-f]{32})$/)?.[1] || new URLSearchParams(location.search).get("token");
  if (given) sessionStorage.setItem("token", given);
  token.value = sessionStorage.getItem("token") || "";
  const post = async (path, body) => {
    const answer = await fetch(path, { method: "POST", headers: { Authorization: "Bearer " + token.value }, body }).catch(() => null);
    said.textContent = answer ? (await answer.text()).trim() : "no answer";
    return Boolean(answer?.ok);
  };
  box.onsubmit = (event) => { event.preventDefault(); post("mark", text.value || "a mark").then((taken) => { if (taken) text.value = ""; }); };
  for (const path of ["pause", "resume", "rate"]) $(path).onclick = () => post(path, $("factor").value);
  $("stop").onclick = () => { if (confirm("End the run now? What runs may finish, and it is judged.")) post("stop", ""); };
}
