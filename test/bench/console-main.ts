import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { openLogDatabase } from "../../dist/apps/sandbox/src/databases.js";
import { type Network, startNetwork } from "../../dist/apps/sandbox/src/network.js";
import { reviewers } from "../../dist/apps/sandbox/src/reviewers.js";
import { findChromium, flags, missingBrowser } from "../browser/chromium.ts";
import { withPostgres } from "./own-postgres.ts";
import { median, round } from "./statistics.ts";
import { fillYear } from "./years-log.ts";

/** How long somebody waits before what they came for is on the screen of a real browser, milliseconds of wall time. */
export interface ScreenFigure {
  readonly screen: string;
  readonly as: string;
  readonly median: number;
  readonly slowest: number;
  /** One minute's, when it was measured. */
  readonly load: number;
}

export interface ConsoleFigures {
  readonly records: number;
  readonly screens: readonly ScreenFigure[];
}

const sizes = {
  quick: { records: 2_000, rounds: 1, as: ["authority"] },
  full: { records: 1_000_000, rounds: 9, as: ["authority", "welfare", "civil"] },
} as const;

export async function measureConsole(size: "quick" | "full"): Promise<{ readonly console: ConsoleFigures }> {
  const program = findChromium();
  if (program === undefined) throw new Error(missingBrowser);
  const { records, rounds, as } = sizes[size];
  const settings = { shared_buffers: "512MB", max_wal_size: "4GB", jit: "off" };
  return withPostgres(settings, async (postgres) => {
    await postgres.createDatabase("accesslog");
    const logDatabase = postgres.superuserUrl("accesslog");
    await fillYear(await openLogDatabase(logDatabase), { records, say });
    const dataDir = mkdtempSync(path.join(os.tmpdir(), "weft bench "));
    const running: (() => Promise<unknown>)[] = [];
    try {
      const network = await startNetwork({
        dataDir,
        people: 500,
        console: true,
        logDatabase,
        // The log's own file of its highest checkpoint is not there: the database is taken over, as after a move to another machine.
        settings: { log: { WEFT_ADOPT_SIZE: String(records) }, console: { WEFT_WATCH_FOR: "org:dpa" } },
      });
      running.push(() => network.stop());
      const browser = await chromium.launch({ executablePath: program, args: [...flags] });
      running.push(() => browser.close());
      return { console: { records, screens: await measureScreens({ network, browser, rounds, as }) } };
    } finally {
      for (const end of running.toReversed()) await end();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
}

interface Screen {
  readonly says: string;
  /** What is done once and not timed. */
  readonly before: (page: Page, url: string) => Promise<unknown>;
  /** From the click or the address to what they came for. */
  readonly timed: (page: Page, url: string) => Promise<unknown>;
}

const screens: readonly Screen[] = [
  {
    says: "Today, from its address to the day's work",
    before: async () => undefined,
    async timed(page, url) {
      await page.goto(`${url}/today`);
      await page.getByRole("list", { name: "To look at" }).waitFor({ state: "attached" });
    },
  },
  {
    says: "Accesses, from its address to the form",
    before: async () => undefined,
    async timed(page, url) {
      await page.goto(`${url}/accesses`);
      await page.locator("form input[required]").waitFor();
    },
  },
  {
    says: "Accesses, from the button to its first rows, counts and timeline",
    async before(page, url) {
      await page.goto(`${url}/accesses`);
      await page.locator("form input[required]").fill("r-2026-17");
    },
    async timed(page) {
      await page.locator("form button[type=submit]").click();
      await page.locator("tbody tr").first().waitFor();
      await page.locator("div[aria-hidden] svg path").first().waitFor({ state: "attached" });
    },
  },
];

interface Visits {
  readonly network: Network;
  readonly browser: Browser;
  readonly rounds: number;
  readonly as: readonly (keyof typeof reviewers)[];
}

async function measureScreens({ network, browser, rounds, as: reviewing }: Visits): Promise<ScreenFigure[]> {
  const figures: ScreenFigure[] = [];
  for (const as of reviewing) {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    await signIn(page, network.urls.console, as);
    for (const { says, before, timed } of screens) {
      const times: number[] = [];
      // The first is warm-up.
      for (let n = 0; n <= rounds; n++) {
        await before(page, network.urls.console);
        const start = performance.now();
        await timed(page, network.urls.console);
        if (n > 0) times.push(performance.now() - start);
      }
      const load = round(os.loadavg()[0]!);
      const figure = {
        screen: says,
        as,
        median: Math.round(median(times)),
        slowest: Math.round(Math.max(...times)),
        load,
      };
      say(`  ${says.padEnd(60)} ${as.padEnd(10)} ${figure.median} ms   slowest ${figure.slowest} ms   load ${load}`);
      figures.push(figure);
    }
    await page.context().close();
  }
  return figures;
}

async function signIn(page: Page, url: string, name: keyof typeof reviewers): Promise<void> {
  const { org, label } = reviewers[name];
  await page.goto(url);
  await page.locator(`a[href$="${encodeURIComponent(org)}"]`).click();
  await page.getByRole("button", { name: label }).click();
  await page.waitForURL(`${url}/**`);
  await page.getByRole("heading", { level: 2 }).waitFor();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
