// Three recordings of a real browser, of the service at an address: a page and a fetch, pages
// and an order by what they said, a form.
//   node record.mjs URL FOLDER
import { createRequire } from "node:module";

const require = createRequire(process.env.PAGE_TOOLS + "/");
const { chromium } = require("playwright-core");
const [url, folder] = process.argv.slice(2);

const post = (product) => fetch("/orders", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ product }),
}).then((response) => response.status);

const recordings = {
  async recorded_look(page) {
    await page.goto(url + "/products");
    await page.waitForTimeout(1200);
    const products = await page.evaluate(() => fetch("/products").then((r) => r.json()));
    if (products[0].price !== 25) throw new Error("no price: " + JSON.stringify(products));
  },
  async recorded_order(page) {
    await page.goto(url + "/products");
    await page.waitForTimeout(1200);
    const status = await page.evaluate(post, 1);
    if (status !== 201) throw new Error("ordered with " + status);
  },
  async recorded_form(page) {
    await page.goto(url + "/products");
    await page.evaluate(() => {
      document.body.innerHTML = '<form method="post" action="/orders"><input name="product" value="1"><button>Order</button></form>';
    });
    await page.waitForTimeout(1200);
    await Promise.all([page.waitForURL(url + "/orders"), page.click("button")]);
  },
};

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  for (const [name, record] of Object.entries(recordings)) {
    const context = await browser.newContext({ recordHar: { path: `${folder}/${name}.har`, content: "embed" } });
    await record(await context.newPage());
    await context.close();
    console.log(`recorded ${name}.har`);
  }
} finally {
  await browser.close();
}
