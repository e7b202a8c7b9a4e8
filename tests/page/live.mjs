// The page of a run that goes on: who sees what, who may do what, and its end.
import { request } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { accessible, browse, check, equal, file, folder, open, sound } from "./lib.mjs";

const printed = process.argv[3], base = printed.split("#")[0], token = printed.split("#")[1];
const plain = (text) => text.replace(/[\u202f\u00a0]/g, " ");
const ask = (method, path, headers, body) => new Promise((done) => {
  const url = new URL(path, base);
  const asked = request({ host: url.hostname, port: url.port, path: url.pathname + url.search, method, headers }, (answer) => {
    let text = "";
    answer.on("data", (more) => { text += more; });
    answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text }));
  });
  asked.end(body);
});
const until = async (name, page, ready, argument) => {
  await page.waitForFunction(ready, argument, { timeout: 30000 }).then(() => check(name, true), async () => check(name, false, await page.innerText("body")));
};

await browse(async (browser) => {
  const page = await open(browser, printed);
  await until("it is live", page, () => document.querySelector("#state").textContent === "live");
  check("the address that is handed on has no token", !page.url().includes(token), page.url());
  check("it is running", (await page.innerText("#verdict")).includes("RUNNING"));

  // Whose page, and whose orders.
  const head = await ask("GET", "/", {});
  check("policy", /^default-src 'none'; script-src 'nonce-[0-9a-f]{32}'; style-src 'nonce-[0-9a-f]{32}'; connect-src 'self'/.test(head.headers["content-security-policy"]), head.headers);
  equal("no CORS", head.headers["access-control-allow-origin"], undefined);
  check("another nonce each time", (await ask("GET", "/", {})).headers["content-security-policy"] !== head.headers["content-security-policy"]);
  equal("another name", (await ask("GET", "/run.json", { host: "evil.example" })).status, 403);
  equal("no token", (await ask("POST", "/mark", {}, "x")).status, 401);
  equal("another token", (await ask("POST", "/stop", { authorization: "Bearer " + token.replace(/./g, "0") })).status, 401);
  equal("a page of others", (await ask("POST", "/stop", { authorization: "Bearer " + token, origin: "http://evil.example" })).status, 403);
  equal("a mark without a text", (await ask("POST", "/mark?token=" + token, {}, " ")).status, 400);
  equal("a time that is none", (await ask("GET", "/run.json?since=soon", {})).status, 400);
  equal("GET ends nothing", (await ask("GET", "/stop?token=" + token, {})).status, 405);

  // A mark from the page, for all to see.
  await page.fill("#text", "deployed <v2>");
  await page.click("#mark");
  await until("the mark was taken", page, () => document.querySelector("#done").textContent.includes("marked"));
  await until("the mark is on the axis", page, () => [...document.querySelectorAll("#load .event title")].some((t) => t.textContent.includes("deployed <v2>")));

  // Who comes late sees all from the start, and only what is new is asked for.
  await until("some seconds are seen", page, () => document.querySelectorAll("#load .event").length > 0 && [...document.querySelectorAll("#verdict .tiles b")][0].textContent >= "00:06");
  check("how often it was looked", /At most \d+, asked for \d+[^]*The least is looked at once a second/.test(plain(await page.innerText("#load"))), await page.innerText("#load"));
  const late = await open(browser, base);
  const first = late.locator("#load details.behind").first();
  await first.locator("summary").click();
  await first.locator("tbody tr").nth(4).waitFor();
  equal("from the start", await first.locator("tbody th").first().innerText(), "00:00.0");
  equal("without a token there is still a page", await late.locator("#token").inputValue(), "");
  await late.fill("#text", "for whom?");
  await late.click("#mark");
  await until("and it is told what it lacks", late, () => document.querySelector("#done").textContent.includes("the token is needed"));
  equal("what was refused is not lost", await late.inputValue("#text"), "for whom?");
  const handed = await open(browser, base + "?token=" + token + "&x=1");
  equal("a token in the address is taken", await handed.inputValue("#token"), token);
  equal("and not handed on", handed.url(), base + "?x=1");

  // Who cannot ask any more saves what was seen: once, as a report.
  const down = (route) => route.abort(), saves = [];
  handed.on("download", (download) => saves.push(download));
  for (const times of [1, 2]) {
    await handed.route("**/run.json*", down);
    await until("nobody answers, " + times, handed, () => !document.querySelector("#gone").hidden);
    if (times === 2) break;
    await handed.unroute("**/run.json*", down);
    await until("there is an answer again", handed, () => document.querySelector("#gone").hidden);
  }
  await handed.click("#save");
  await handed.waitForTimeout(1000);
  equal("one file", saves.length, 1);
  const seen = readFileSync(await saves[0].path(), "utf8");
  check("its policy", seen.includes(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">`), seen.slice(0, 500));
  writeFileSync(folder + "/seen.html", seen);
  const reopened = await open(browser, file("seen.html"));
  check("it is drawn", (await reopened.innerText("#verdict")).includes("RUNNING"));
  await sound("what was seen", reopened);
  await handed.context().close();

  const asked = page.asked.filter((url) => url.includes("run.json")).map((url) => +new URL(url).searchParams.get("since"));
  check("it asks for all and then for what is new", asked.length >= 2 && asked[0] === 0 && asked.every((t, k) => k === 0 || t >= asked[k - 1]) && asked.at(-1) > 0, asked);
  const one = await ask("GET", "/run.json?since=1000", {}), told = JSON.parse(one.text);
  equal("nothing is newer", told.run.windows.t_s, []);
  check("a second costs little", one.text.length < 40000, one.text.length);

  for (const [name, width, colorScheme] of [["360", 360, "light"], ["1280", 1280, "dark"]]) {
    const other = await open(browser, base, { width, colorScheme });
    await accessible("live " + name, other);
    equal("live " + name + ": overflow", await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    await other.screenshot({ path: `${folder}/live-${name}.png`, fullPage: true });
    await other.context().close();
  }
  // What is looked at stays as it is while seconds come in.
  await page.locator("#transactions button.name").first().click();
  await page.fill("#find", "stalling");
  await page.waitForTimeout(2500);
  equal("a row stays open", await page.locator("#transactions .detail").count(), 1);
  equal("the search stays", await page.inputValue("#find"), "stalling");
  // What was opened stays open, and the cursor stays where it was.
  await page.locator("#load details.behind summary").first().click();
  await page.locator("#find").focus();
  await page.evaluate(() => document.querySelector("#find").setSelectionRange(3, 3));
  await page.waitForTimeout(2500);
  equal("a table stays open", await page.locator("#load details.behind").first().evaluate((d) => d.open && d.querySelectorAll("tbody tr").length > 4), true);
  equal("the cursor stays", await page.evaluate(() => [document.activeElement.id, document.activeElement.selectionStart]), ["find", 3]);
  const soFar = await ask("GET", "/report.html", {});
  check("a report so far says so", soFar.text.includes("<b>RUNNING</b>: not judged yet"));

  // The end, asked for here.
  page.on("dialog", (dialog) => dialog.accept());
  await page.click("#stop");
  await until("it has ended", page, () => document.querySelector("#state").textContent === "the run has ended");
  await until("and was judged", page, () => /FAILED|INVALID|PASSED/.test(document.querySelector("#verdict").textContent));
  check("the report is offered", await page.locator("#ended a").isVisible());
  check("no more orders", !(await page.locator("#stop").isVisible()));
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click("#ended a")]);
  const report = readFileSync(await saved.path(), "utf8");
  const inside = JSON.parse(report.split('<script type="application/json" id="run">')[1].split("</script>")[0]);
  equal("ended by a signal", inside.verdict.ended_by, "signal");
  check("the mark is in it", inside.events.some((e) => e.kind === "mark" && e.text.includes("deployed <v2>")), inside.events);
  const requests = plain(await page.locator("#verdict .tiles li").nth(1).locator("b").innerText()).replace(/ /g, "");
  equal("the page shows what the report says", +requests, inside.totals.requests);
  await page.screenshot({ path: folder + "/live-ended.png", fullPage: true });
  equal("faults", page.faults, []);
  check("no request left", page.asked.every((url) => url.startsWith(base) || url.startsWith("blob:")), page.asked);
  equal("late: faults", late.faults.filter((fault) => !fault.includes("401")), []);
});
