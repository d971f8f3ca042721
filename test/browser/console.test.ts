import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, type TestContext, vi } from "vitest";
import { questionsOf } from "../../apps/sandbox/src/questions.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { type ReviewerName, reviewers } from "../../apps/sandbox/src/reviewers.js";
import { type Orvanda, startOrvanda } from "../journeys/orvanda.js";
import { findChromium, launchChromium, missingBrowser } from "./chromium.js";
import { tabStops } from "./page.js";

vi.setConfig({ testTimeout: 120_000 });

/**
 * To a data-protection officer: you see in plain words who asked for what about whom, and your own browser proves it, whatever the
 * console or the log may say. Pictures of each page stay in `.weft/screens` for somebody to look at.
 */
const program = findChromium();
const inCi = process.env["CI"] !== undefined && process.env["CI"] !== "";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screens = path.join(repository, ".weft", "screens");
let orvanda: Orvanda;
let browser: Browser;

beforeAll(async () => {
  if (program === undefined && inCi) throw new Error(missingBrowser);
  if (program === undefined) return;
  mkdirSync(screens, { recursive: true });
  [orvanda, browser] = await Promise.all([startOrvanda(), launchChromium(program)]);
  const { eligibility, roster } = questionsOf(orvanda.country);
  for (const question of [eligibility, roster]) await orvanda.ask(question);
});
afterAll(async () => {
  await browser?.close();
  await orvanda?.stop();
});

interface Screen {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly locale?: string;
}

/** Everything that the pages ask for is of this console or of the officer's own house, and no script of theirs fails. */
async function visit(name: ReviewerName | undefined, screen: Screen, keep: (page: Page) => Promise<void>) {
  const { width = 1280, ...rest } = screen;
  const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: false, ...rest });
  const page = await context.newPage();
  const [asked, failed]: [string[], string[]] = [[], []];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", ({ message }) => failed.push(message));
  page.on("console", (line) => {
    if (line.type() === "error" && !line.text().includes("401")) failed.push(line.text());
  });
  if (name !== undefined) await signIn(page, name);
  await keep(page);
  await context.close();
  const houses = [orvanda.urls.console, orvanda.urls.issuer, "blob:", "data:"];
  expect(asked.filter((url) => !houses.some((house) => url.startsWith(house)))).toEqual([]);
  expect(failed).toEqual([]);
}

async function signIn(page: Page, name: ReviewerName) {
  const { org, label } = reviewers[name];
  await page.goto(orvanda.urls.console);
  await page.locator(`a[href$="${encodeURIComponent(org)}"]`).click();
  await page.getByRole("button", { name: label }).click();
  await page.locator("form").first().waitFor();
}

/** The reason of the look is the page's first text field. */
async function look(page: Page, caseId = "r-2026-17") {
  await page.locator("form input[required]").fill(caseId);
  await page.locator("form button[type=submit]").click();
  await page.locator("tbody tr").first().waitFor();
}

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] }).then(({ violations }) =>
      violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`,
  );
}

function promise(name: string, keep: () => Promise<void>) {
  test(name, async ({ skip }: TestContext) => {
    skip(program === undefined, missingBrowser);
    await keep();
  });
}

promise("from the sign-in to one access in whole sentences, which the browser itself finds in the log", async () => {
  await visit("welfare", {}, async (page) => {
    await look(page);
    await page.screenshot({ path: path.join(screens, "accesses-wide.png"), fullPage: true });
    await page.getByRole("row", { name: "c-2026-0042" }).getByRole("link").click();
    await page.getByText("This access is in the log").waitFor();
    await page.getByText("a witness saw the log in this state").waitFor();
    await page.getByText("Social Welfare Office (officer:8c1) asked in order to: Deciding an application").waitFor();
    const decisions = page.getByRole("table", { name: "Decision on each field" });
    await decisions.getByRole("row", { name: "Identity.fullName Permitted" }).waitFor();
    expect(await decisions.getByRole("row", { name: /Refused/ }).count()).toBeGreaterThan(0);
    await page.screenshot({ path: path.join(screens, "access-wide.png"), fullPage: true });
  });
});

promise("a proof that was saved is verified without anybody; one altered letter, and it is not believed", async () => {
  let proof = "";
  await visit("civil", {}, async (page) => {
    await look(page);
    await page.getByRole("row", { name: "c-2026-0042" }).getByRole("link").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the proof" }).click(),
    ]);
    proof = readFileSync(await download.path(), "utf8");
  });
  const keys = await (await fetch(`${orvanda.urls.console}/api/keys`)).text();
  await visit(undefined, {}, async (page) => {
    await page.goto(`${orvanda.urls.console}/verify`);
    const given = page.getByLabel("Proof", { exact: true });
    await given.waitFor();
    await page.context().setOffline(true);
    await page.getByLabel("Keys that you believe", { exact: true }).fill(keys);
    const check = async (text: string) => {
      await given.fill(text);
      await page.getByRole("button", { name: "Check the proof" }).click();
    };
    await check(proof);
    await page.getByText("This access is in the log").waitFor();
    await page.screenshot({ path: path.join(screens, "verify-wide.png"), fullPage: true });
    const { jwt } = JSON.parse(proof) as { jwt: string };
    const altered = jwt.slice(0, 200) + (jwt[200] === "A" ? "B" : "A") + jwt.slice(201);
    await check(proof.replace(jwt, altered));
    await page.getByText("Not to be believed").waitFor();
    await check(proof.replace(/index (\d+)/, (_, index) => `index ${Number(index) + 1}`));
    await page.getByText("not at this place in the log").waitFor();
  });
});

promise("whatever stands in a case reference is text", async () => {
  const nasty = `<img src=x onerror=alert(1)>"'&<svg/onload=alert(2)>javascript:alert(3)`;
  await visit("welfare", {}, async (page) => {
    page.on("dialog", () => {
      throw new Error("A script of a case reference ran.");
    });
    // No case can be written like this; a log that was broken into could still answer so.
    await page.route("**/api/search", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        body: (await answer.text()).replaceAll('"c-2026-0042"', JSON.stringify(nasty)),
      });
    });
    await look(page);
    await page.getByText(nasty).first().waitFor();
    expect(await page.locator("tbody img, tbody svg").count()).toBe(0);
  });
});

for (const [name, screen] of Object.entries({
  "wide and light": {},
  "narrow and dark, in Arabic": { width: 380, colorScheme: "dark", locale: "ar" },
} satisfies Record<string, Screen>))
  promise(`${name}: nothing serious for a screen reader, nothing runs off sideways`, async () => {
    await visit("authority", screen, async (page) => {
      const isArabic = "locale" in screen;
      expect(await page.locator("html").getAttribute("dir")).toBe(isArabic ? "rtl" : "ltr");
      await look(page);
      for (const place of ["accesses", "access", "integrity", "verify"]) {
        if (place === "access") {
          await page.locator("tbody a").last().click();
          await page.locator("[role=status] table").waitFor();
        } else if (place !== "accesses") {
          await page.goto(`${orvanda.urls.console}/${place}`);
          await page.getByRole("heading", { level: 2 }).waitFor();
        }
        expect(await seriousFindings(page), place).toEqual([]);
        const over = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;
        expect(await page.evaluate(over), place).toBeLessThanOrEqual(0);
        await page.screenshot({
          path: path.join(screens, `${place}-${isArabic ? "narrow-ar" : "light"}.png`),
          fullPage: true,
        });
      }
    });
  });

promise("the keyboard reaches everything that looking needs", async () => {
  await visit("civil", {}, async (page) => {
    const stops = await tabStops(page);
    for (const name of [/^Purpose/, /^Number of the request/, /^Number$/, /^Asked by/, /^From/])
      expect(
        stops.some((stop) => name.test(stop)),
        String(name),
      ).toBe(true);
    await page.locator("form input[required]").focus();
    await page.keyboard.type("r-2026-18");
    await page.keyboard.press("Enter");
    await page.locator("tbody tr").first().waitFor();
  });
});

promise("another page can neither frame the console nor keep what it showed", async () => {
  const response = await fetch(orvanda.urls.console);
  expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  const [one, other] = await Promise.all([fetch(orvanda.urls.console), fetch(orvanda.urls.console)]);
  const nonceOf = ({ headers }: Response) => /nonce-([^']+)/.exec(headers.get("content-security-policy") ?? "")?.[1];
  expect(nonceOf(one)).not.toBe(nonceOf(other));
  await visit("civil", {}, async (page) => {
    await look(page);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await page.locator("tbody tr").count()).toBe(0);
  });
});
