import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import pg from "pg";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";
import { repository } from "../../../apps/sandbox/src/repository.js";
import { type ReviewerName, reviewers } from "../../../apps/sandbox/src/reviewers.js";
import { type Orvanda, startOrvanda } from "../../journeys/orvanda.js";
import { findChromium, launchChromium, missingBrowser } from "../chromium.js";

/** The running country, a browser, and what officers do in it: one world for all walks through the console. */
export interface Desk {
  /** There from the first promise on. */
  readonly orvanda: Orvanda;
  promise(name: string, keep: () => Promise<void>): void;
  /**
   * One visit in a browser of its own, signed in where a name is given. Everything that the pages ask for is of this console or of the
   * officer's own house, and no script of theirs fails.
   */
  visit(name: ReviewerName | undefined, screen: Screen, keep: (page: Page) => Promise<void>): Promise<void>;
}

export interface Screen {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly locale?: string;
}

const program = findChromium();
const inCi = process.env["CI"] !== undefined && process.env["CI"] !== "";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screens = path.join(repository, ".weft", "screens");

/** `before`: what happened in the country before anybody looks. */
export function openDesk(before: (orvanda: Orvanda) => Promise<void>): Desk {
  let orvanda: Orvanda;
  let browser: Browser;
  beforeAll(async () => {
    if (program === undefined && inCi) throw new Error(missingBrowser);
    if (program === undefined) return;
    mkdirSync(screens, { recursive: true });
    [orvanda, browser] = await Promise.all([startOrvanda({ console: true }), launchChromium(program)]);
    await before(orvanda);
  });
  afterAll(async () => {
    await browser?.close();
    await orvanda?.stop();
  });
  return {
    get orvanda() {
      return orvanda;
    },
    promise(name, keep) {
      test(name, async ({ skip }: TestContext) => {
        skip(program === undefined, missingBrowser);
        await keep();
      });
    },
    async visit(name, { width = 1280, ...rest }, keep) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: false, ...rest });
      const page = await context.newPage();
      const [asked, failed]: [string[], string[]] = [[], []];
      page.on("request", (request) => asked.push(request.url()));
      page.on("pageerror", ({ message }) => failed.push(message));
      page.on("console", (line) => {
        if (line.type() === "error" && !line.text().includes("401")) failed.push(line.text());
      });
      if (name !== undefined) await signIn(page, orvanda.urls.console, name);
      await keep(page);
      await context.close();
      const houses = [orvanda.urls.console, orvanda.urls.issuer, "blob:", "data:"];
      expect(asked.filter((url) => !houses.some((house) => url.startsWith(house)))).toEqual([]);
      expect(failed).toEqual([]);
    },
  };
}

async function signIn(page: Page, url: string, name: ReviewerName) {
  const { org, label } = reviewers[name];
  await page.goto(url);
  await page.locator(`a[href$="${encodeURIComponent(org)}"]`).click();
  await page.getByRole("button", { name: label }).click();
  await page.waitForURL(`${url}/**`);
  await page.getByRole("heading", { level: 2 }).waitFor();
}

/** On the page of accesses, where the reason of the look is the first text field. */
export async function look(page: Page, caseId = "r-2026-17") {
  if (new URL(page.url()).pathname !== "/accesses") await page.goto(new URL("/accesses", page.url()).href);
  await page.locator("form input[required]").fill(caseId);
  await page.locator("form button[type=submit]").click();
  await page.locator("tbody tr").first().waitFor();
}

export interface RaisedAlert {
  readonly rule: string;
  readonly consumer: string;
  readonly officer: string;
  readonly provider: string;
  readonly record: number | undefined;
}

/** As a rule would. */
export async function raiseAlert({ orvanda }: Desk, alert: RaisedAlert): Promise<void> {
  const { rule, consumer, officer, provider, record } = alert;
  const client = new pg.Client({ connectionString: orvanda.superuserUrl("console") });
  await client.connect();
  await client.query(
    `insert into alert (id, rule, consumer, officer, providers, records, counts, score, at, state, due)
       values ($1, $1, $2, $3, $4, $5, '{}', 80, now(), 'open', now() + interval '72 hours')`,
    [rule, `org:${consumer}`, `officer:${officer}`, [`org:${provider}`], [record]],
  );
  await client.end();
}

export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] }).then(({ violations }) =>
      violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`,
  );
}

/** A picture for somebody to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(screens, `${name}.png`), fullPage: true });
}
