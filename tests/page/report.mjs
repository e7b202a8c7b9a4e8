// The report of a stall: what is seen, by whom, and whether it is true.
import { readFileSync } from "node:fs";
import { accessible, browse, check, equal, expected, file, folder, ms, open, serve, sound } from "./lib.mjs";

const doc = JSON.parse(readFileSync(folder + "/stall.json", "utf8"));
const number = (text) => +text.replace(/[\u202f\s]/g, "");
const plain = (text) => text.replace(/[\u202f\u00a0]/g, " ");

await browse(async (browser) => {
  for (const width of [360, 1280, 1920]) for (const colorScheme of ["light", "dark"]) {
    const name = `${width} ${colorScheme}`;
    const page = await open(browser, file("stall.html"), { width, colorScheme });
    await sound(name, page);
    if (width < 1900) await accessible(name, page);
    await page.screenshot({ path: `${folder}/report-${width}-${colorScheme}.png`, fullPage: true });
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    equal(name + ": background", background, colorScheme === "dark" ? "rgb(18, 22, 28)" : "rgb(255, 255, 255)");
    await page.context().close();
  }

  const page = await open(browser, file("stall.html"));
  const text = plain(await page.innerText("main"));
  // Another program may have had the machine: then the run says so.
  const word = doc.verdict.validity === "invalid" ? "INVALID" : "FAILED";
  check("verdict", text.includes(word) && text.includes("http p99 < 300ms"), text.slice(0, 400));
  check("when and to whom", /From 00:(06|07|08|09) to 00:(09|10|11)/.test(text) && text.includes("It hit"), text.slice(0, 2000));
  check("the generator", text.includes("not enough to be the cause") || text.includes("it may be the cause"), text.slice(0, 2500));
  check("no Apdex", !/apdex/i.test(await page.content()));
  equal("limits in their table", await page.locator("#verdict table tbody tr").count(), 3);
  check("whole run", plain(await page.innerText("#stretch")).includes(`${doc.series[0].count} requests`.replace(/(\d)(\d{3}) /, "$1 $2 ")), await page.innerText("#stretch"));
  equal("static parts are gone", await page.locator(".static:visible").count(), 0);
  equal("pictures say what they show", await page.evaluate(() => [...document.querySelectorAll("figure > svg")].filter((s) => s.getAttribute("role") !== "img" || !document.getElementById(s.getAttribute("aria-labelledby"))?.textContent.includes(".")).length), 0);
  check("events are marked", await page.locator("#load .event").count() >= 3);
  check("the limit is a line", await page.locator("#latency line.limit").count() >= 2);

  // A stretch: dragged over a chart, and all figures are of it.
  const chart = page.locator("#load svg.chart").first();
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  const end = Math.max(doc.run.elapsed_s, doc.windows.t_s.at(-1) + doc.windows.length_s.at(-1));
  const at = (t) => box.x + 56 + (box.width - 56 - 100) * t / end;
  await page.mouse.move(at(6), box.y + 60);
  await page.mouse.down();
  await page.mouse.move(at(9), box.y + 60, { steps: 4 });
  await page.mouse.move(at(11), box.y + 60, { steps: 4 });
  await page.mouse.up();
  const hash = await page.evaluate(() => location.hash);
  const range = hash.match(/t=([\d.]+),([\d.]+)/).slice(1).map(Number);
  check("the link has the stretch", range[0] > 5 && range[0] < 7 && range[1] > 10 && range[1] < 12, hash);
  const all = expected(doc, 0, range), told = plain(await page.innerText("#stretch"));
  const [, count, rate] = told.match(/: ([\d ]+) requests, ([\d.]+)\/s/);
  equal("requests of the stretch", number(count), all.count);
  check("rate of the stretch", Math.abs(+rate / all.rate - 1) < 0.01, { rate, is: all.rate });
  check("p50 of the stretch", Math.abs(ms(told.match(/p50 ([\d.]+ m?s)/)[1]) / (all.quantile(0.5) * 1e3) - 1) < 0.01, told);
  check("max of the stretch", Math.abs(ms(told.match(/max ([\d.]+ m?s)/)[1]) / (all.max * 1e3) - 1) < 0.01, told);
  for (const series of doc.series.filter((s) => s.kind === "transaction")) {
    const row = page.locator("#transactions tbody tr", { hasText: `${series.journey}, ${series.name}` }).first();
    const cells = (await row.locator("td").allInnerTexts()).map(plain), should = expected(doc, series.id, range);
    equal(series.name + ": count", number(cells[1]), should.count);
    for (const [k, p] of [[5, 0.5], [6, 0.9], [7, 0.99]]) check(`${series.name}: p${p * 100}`, Math.abs(ms(cells[k]) / (should.quantile(p) * 1e3) - 1) < 0.01, cells[k], should.quantile(p));
    check(series.name + ": mean", Math.abs(ms(cells[4]) / (should.mean * 1e3) - 1) < 0.01, cells[4], should.mean);
    const few = should.count * 0.01 < 10;
    equal(series.name + ": p99 is grey if it is not sure", await row.locator("td").nth(7).evaluate((td) => td.classList.contains("few")), few);
  }
  // Both times of the stretch, of an open line.
  const list = doc.series.find((s) => s.kind === "transaction" && s.name === "List"), both = doc.windows.series[list.id];
  equal("a transaction of an open line has both times", [both.time, Boolean(both.service_hist)], ["response", true]);
  await page.selectOption("#what", String(list.id));
  const service = expected({ ...doc, windows: { ...doc.windows, series: { [list.id]: { ...both, hist: both.service_hist } } } }, list.id, range);
  const response = expected(doc, list.id, range);
  const twoLines = page.locator("#latency figure", { hasText: "Response and service time" });
  const caption = plain(await twoLines.locator("figcaption").innerText());
  const [, name, due, began] = caption.match(/(p\d+) is ([\d.]+ m?s) from when it was due and ([\d.]+ m?s) from when it began/) || [];
  const p = +name?.slice(1) / 100;
  check("response time of the stretch", Math.abs(ms(due) / (response.quantile(p) * 1e3) - 1) < 0.01, caption, response.quantile(p));
  check("service time of the stretch", Math.abs(ms(began) / (service.quantile(p) * 1e3) - 1) < 0.01, caption, service.quantile(p));
  equal("two lines", await twoLines.locator("path.line").count() - 2, 2);
  const both99 = plain(await page.innerText("#spectrum figcaption"));
  check("and in the spectrum", both99.includes("from when it was due and"), both99);

  // All, or those that failed, or those that did not: by keys, and in the link.
  await page.selectOption("#what", "0");
  const sum = (column) => column.reduce((x, y, j) => { const m = doc.windows.t_s[j] + doc.windows.length_s[j] / 2; return m < range[0] || m > range[1] ? x : x + y; }, 0);
  const total = doc.windows.series[0], failed = sum(total.failed);
  const choice = (which) => page.locator(`#latency button[data-key=of${which}]`);
  const cells = () => page.evaluate(() => document.querySelector("#latency figure svg").querySelectorAll("[class^=h]").length && [...document.querySelectorAll("#latency figure svg [class^=h]")].slice(0, 8).map((path) => path.getAttribute("d").split("M").length - 1).reduce((x, y) => x + y));
  const ofAll = await cells();
  equal("all at first", await choice("all").getAttribute("aria-pressed"), "true");
  equal("how many failed", number(plain(await choice("failed").innerText()).replace("failed ", "")), failed);
  await choice("failed").focus();
  await page.keyboard.press("Enter");
  equal("those that failed", await choice("failed").getAttribute("aria-pressed"), "true");
  check("the focus stays on the choice", await page.evaluate(() => document.activeElement.dataset.key === "offailed"));
  const ofFailed = await cells(), heat = plain(await page.locator("#latency figcaption").first().innerText());
  check("they are fewer", ofFailed < ofAll && (ofFailed > 0) === (failed > 0), { ofAll, ofFailed, failed });
  check("and are told", heat.includes(failed ? `${failed} failed` : "none failed"), heat);
  check("the link has it", (await page.evaluate(() => location.hash)).includes("show=failed"));
  await choice("ok").focus();
  await page.keyboard.press("Space");
  check("those that did not", (await cells()) <= ofAll && plain(await page.locator("#latency figcaption").first().innerText()).includes(`${plain(new Intl.NumberFormat("en-US").format(sum(total.count) - failed).replace(",", " "))} did not fail`), await page.locator("#latency figcaption").first().innerText());
  await choice("all").click();

  // Somebody else opens the link.
  const other = await open(browser, file("stall.html") + hash);
  equal("the link shows the same", plain(await other.innerText("#stretch")), told);
  await other.context().close();
  await page.keyboard.press("Escape");
  check("Escape shows the whole run", !(await page.evaluate(() => location.hash)).includes("t="));

  // A row opens its own charts; the link says which.
  const row = page.locator("#transactions button.name").first();
  await row.click();
  await page.locator("#transactions .multiples figure").nth(4).waitFor();
  const opened = doc.windows.series[(await page.evaluate(() => location.hash)).match(/tx=(\d+)/)[1]];
  equal("small multiples", await page.locator("#transactions .multiples figure").count(), opened.time === "response" && opened.service_hist ? 6 : 5);
  const codes = plain(await page.innerText("#transactions .detail"));
  check("codes and phases", codes.includes("Codes and errors") && codes.includes("to the first byte"), codes.slice(0, 600));
  check("the link has the row", (await page.evaluate(() => location.hash)).includes("tx="));
  await page.screenshot({ path: folder + "/report-open.png", fullPage: true });
  await accessible("with a row open", page);

  // By keys alone.
  await page.evaluate(() => document.querySelector("#load svg.chart").focus());
  await page.keyboard.press("Home");
  for (let k = 0; k < 4; k++) await page.keyboard.press("ArrowRight");
  const heard = plain(await page.locator("#load .said").first().innerText());
  equal("the crosshair speaks", heard.includes(`running ${doc.windows.running_min[4]}–${doc.windows.running_max[4]}`), true);
  equal("on all charts", await page.locator(".cross[visibility=visible]").count(), await page.locator("section > figure svg.chart[tabindex='0']").count());
  const legend = page.locator("#latency .key", { hasText: "max" }).first();
  await legend.focus();
  await page.keyboard.press("Space");
  equal("a line is taken away", await page.locator("#latency .key", { hasText: "max" }).first().getAttribute("aria-pressed"), "false");
  check("and the focus stays", await page.evaluate(() => document.activeElement.textContent.startsWith("max")));
  await page.keyboard.press("Space");
  await page.locator("input[aria-label=from]").focus();
  for (let k = 0; k < 4; k++) await page.keyboard.press("ArrowRight");
  const slid = await page.evaluate(() => location.hash);
  check("a slider sets the stretch", slid.includes("t=" + +doc.windows.t_s[4].toFixed(3)), slid);
  const fresh = await open(browser, file("stall.html")), reached = new Set();
  for (let k = 0; k < 60; k++) { await fresh.keyboard.press("Tab"); reached.add(await fresh.evaluate(() => document.activeElement.tagName)); }
  await fresh.context().close();
  check("charts, buttons and lists are reached by Tab", ["svg", "BUTTON", "A", "SELECT", "INPUT"].every((tag) => reached.has(tag)), [...reached]);
  await page.locator("#theme").click();
  equal("the button makes it dark", await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(18, 22, 28)");
  equal("and says so", await page.locator("#theme").getAttribute("aria-pressed"), "true");

  // The table behind a chart.
  const behind = page.locator("#load details.behind").first();
  await behind.locator("summary").click();
  await behind.locator("tbody tr").nth(6).waitFor();

  // Downloads.
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /JSON/ }).click()]);
  equal("the data are those of --json", JSON.parse(readFileSync(await saved.path(), "utf8")), doc);
  const [log] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /HdrHistogram/ }).click()]);
  check("an HdrHistogram log", /Tag=all_requests_service,0\.000,[\d.]+,[\d.]+,HISTFAAA/.test(readFileSync(await log.path(), "utf8")));
  await sound("after all that", page);

  // On paper.
  await page.emulateMedia({ media: "print" });
  equal("no controls on paper", await page.locator("nav:visible, #theme:visible").count(), 0);
  const pdf = await page.pdf({ path: folder + "/report.pdf", format: "A4" });
  check("a PDF", pdf.length > 20000 && pdf.subarray(0, 5).toString() === "%PDF-");
  await page.context().close();

  // Without scripts, and under Jenkins' policy.
  const jenkins = await serve(folder + "/stall.html", { "content-security-policy": "sandbox; default-src 'none'; img-src 'self'; style-src 'self';" });
  for (const [name, url, options] of [["no scripts", file("stall.html"), { javaScriptEnabled: false }], ["Jenkins", jenkins.url, {}]]) {
    const bare = await open(browser, url, { ...options, width: 1280 });
    const said = plain(await bare.locator("main").innerText());
    check(name + ": the failed are told", !doc.series[0].failed || said.includes(`${doc.series[0].failed} that failed`), said.slice(0, 3000));
    for (const words of [word, "http p99 < 300ms", "stalling:buy, Pay", "card declined", "From 00:"]) check(`${name}: ${words}`, said.includes(words), said.slice(0, 1500));
    const pictures = await bare.locator(".static svg").all();
    equal(name + ": pictures", pictures.length, 3);
    for (const picture of pictures) { const size = await picture.boundingBox(); check(name + ": a picture is seen", size && size.width > 300 && size.height > 100, size); }
    equal(name + ": the range bar is empty", await bare.locator("#range *").count(), 0);
    await bare.screenshot({ path: `${folder}/report-${name.replace(" ", "-")}.png`, fullPage: true });
    if (name === "Jenkins") equal("Jenkins: the page's styles are off", await bare.locator("h1").evaluate((h) => getComputedStyle(h).fontSize).catch(() => "scripts are off"), "32px");
    await bare.context().close();
  }
  jenkins.close();
});
