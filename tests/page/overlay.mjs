// Two runs over each other.
import { accessible, browse, check, equal, file, folder, open, sound } from "./lib.mjs";

await browse(async (browser) => {
  for (const width of [360, 1280]) {
    const page = await open(browser, file("overlay.html"), { width });
    await sound(`overlay ${width}`, page);
    await accessible(`overlay ${width}`, page);
    const said = (await page.innerText("#comparison")).replace(/[\u202f\u00a0]/g, " ");
    check("the verdict", said.includes("SLOWER"), said.slice(0, 600));
    check("both files", said.includes("before.json") && said.includes("after.json"));
    check("a line of the baseline in rate and percentiles", await page.locator("#load path.c-base").count() >= 1 && await page.locator("#latency path.c-base").count() >= 2);
    equal("both heat maps", await page.locator("#latency figcaption", { hasText: "baseline" }).count(), 1);
    check("both spectra", (await page.locator("#spectrum text.c-base").allTextContents()).includes("baseline"));
    const row = (await page.locator("#transactions tbody tr").first().innerText()).replace(/[\u202f\u00a0]/g, " ");
    check("the change beside each percentile", /\+2[3-7] %/.test(row), row);
    await page.screenshot({ path: `${folder}/overlay-${width}.png`, fullPage: true });
    await page.context().close();
  }
});
