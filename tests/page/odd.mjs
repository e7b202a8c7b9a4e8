// Reports of runs that are odd: nothing, one, all failed, brief, ten thousand, and harm.
import { accessible, browse, check, equal, file, folder, open, sound } from "./lib.mjs";

await browse(async (browser) => {
  for (const name of ["harm", "failed", "brief", "nothing", "one", "many"]) for (const width of [360, 1280]) {
    const page = await open(browser, file(name + ".html"), { width });
    await sound(`${name} ${width}`, page);
    if (width === 1280) await accessible(name, page);
    await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: name !== "many" });
    const text = (await page.innerText("main")).replace(/[\u202f\u00a0]/g, " ");
    if (name === "harm") {
      check("nothing came to harm", !(await page.title()).startsWith("harmed"), await page.title());
      equal("no image was made", await page.locator("img").count(), 0);
      check("the name is there as it is", text.includes(`</script><img src=x onerror="document.title='harmed'">&"'`), text.slice(0, 3000));
      check("right to left is set apart", await page.locator("bdi", { hasText: "שלום עולם" }).count() > 0);
      check("two hundred characters", text.includes("a name of two hundred characters a name of"));
      await page.locator("#transactions button.name").first().click();
      await sound("harm, opened", page);
    }
    if (name === "failed") check("all failed", /FAILED|INVALID/.test(text) && /100 %/.test(text), text.slice(0, 1500));
    if (name === "nothing") check("nothing ended", text.includes("Nothing ended") && text.includes("Nothing was measured"), text.slice(0, 800));
    if (name === "brief") check("less than a second", /\d+ requests/.test(text) && text.includes("stalling:rush_hour") === false, text.slice(0, 600));
    if (name === "one") check("one has no p99", text.includes("max 250 ms") && !text.includes("p99 2"), text.slice(0, 800));
    if (name === "many") {
      check("rows are capped", await page.locator("#transactions tbody tr").count() === 100);
      check("what is missing is said", text.includes("To keep this page below 2 MB, left out") || text.includes("of 10 001 are shown"), text.slice(-1500));
      await page.locator("#find").fill("page 77");
      const found = await page.locator("#transactions tbody tr").allInnerTexts();
      check("rows are found", found.length > 0 && found.every((row) => row.includes("page 77")), found.slice(0, 3));
    }
    await page.context().close();
  }
});
