import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, type TestContext, vi } from "vitest";
import type { Graphiql } from "../../apps/sandbox/src/graphiql/graphiql.js";
import { openGraphiql } from "../../apps/sandbox/src/graphiql/orvanda-page.js";
import { APPLICANT } from "../../apps/sandbox/src/questions.js";
import { type Orvanda, startOrvanda } from "../journeys/orvanda.js";
import { logSize, recordsFrom } from "../journeys/records.js";
import { keepPicture, seriousFindings } from "./console/desk.js";
import { findChromium, launchChromium, missingBrowser } from "./chromium.js";
import { callInPage, tabStops, type Visitor, visitorOf } from "./page.js";

// A busy machine may take its time; what it must not do is fail.
vi.setConfig({ testTimeout: 120_000 });

/**
 * To whoever looks at the sandbox in a browser: one can ask as anyone in the country, sees with each answer what came with it, and nobody
 * else's page can ask with these keys.
 */
const program = findChromium();
const inCi = process.env["CI"] !== undefined && process.env["CI"] !== "";
let orvanda: Orvanda;
let graphiql: Graphiql;
let browser: Browser;

beforeAll(async () => {
  if (program === undefined && inCi) throw new Error(missingBrowser);
  if (program === undefined) return;
  orvanda = await startOrvanda();
  [graphiql, browser] = await Promise.all([openGraphiql(orvanda, 0), launchChromium(program)]);
});
afterAll(async () => {
  await browser?.close();
  await graphiql?.close();
  await orvanda?.stop();
});

interface Window {
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: "light" | "dark";
}
const wide: Window = { width: 1400, height: 900 };
const narrow: Window = { width: 390, height: 844 };

/** A test with a fresh page. Without a browser it is not run, and says so; in CI it fails. */
function promise(
  name: string,
  { colorScheme = "light", ...viewport }: Window,
  keep: (visitor: Visitor) => Promise<void>,
) {
  test(name, async ({ skip }: TestContext) => {
    skip(program === undefined, missingBrowser);
    const context = await browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    const complaints: string[] = [];
    // A refused question is an answer, though the browser calls it an error.
    page.on("console", (message) => {
      if (message.type() === "error" && !message.location().url.endsWith("/ask")) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    const visitor = visitorOf(page);
    await visitor.open(graphiql.url);
    await keep(visitor);
    await context.close();
    expect(complaints).toEqual([]);
  });
}

const questions = [
  {
    tab: "Eligibility",
    who: ["caseworker", "eligibility-assessment", "c-2026-0042"],
    shows: [APPLICANT, "Answered in part", "Ask with purpose referral; the person's consent is needed."],
    data: `"fullName": "${APPLICANT}"`,
  },
  {
    tab: "BeforePayment",
    who: ["programme", "benefit-payment", "payroll-2026-12"],
    shows: ["DECEASED", "UNRESOLVED_IDENTITY", "more in cash transfer enrolments"],
    data: '"monthlyAmount": "412.50"',
  },
  {
    tab: "Referral",
    who: ["clinic", "referral", "ref-2026-0117"],
    shows: ["moderate", "Not available.", "The person may consent."],
    data: '"assessedLevel": "moderate"',
  },
  {
    tab: "KnowYourCustomer",
    who: ["bank", "identity-verification", "kyc-2026-3391"],
    shows: ["MATCH", "Not agreed for this purpose."],
    data: '"accountMatch": "MATCH"',
  },
] as const;

promise(
  "the questions are the tabs, each asks as its own persona, and shows data and envelope side by side",
  wide,
  async (visitor) => {
    for (const { tab, who, shows, data } of questions) {
      await visitor.tab(tab).click();
      expect(
        await Promise.all([visitor.persona, visitor.purpose, visitor.caseId].map((field) => field.inputValue())),
      ).toEqual(who);
      const envelope = await visitor.ask();
      for (const text of [...shows, /Record \d+ in log\.orvanda\.example\/qv/, "SOURCES", "WHAT THE ASKER OWES"])
        expect(envelope, envelope).toMatch(text);
      expect((await visitor.data.innerText()).replaceAll(/\s+/g, " ")).toContain(data);
      const [left, right] = await Promise.all([visitor.data.boundingBox(), visitor.envelope.boundingBox()]);
      expect(left!.x + left!.width).toBeLessThanOrEqual(right!.x);
      expect(right!.y).toBeLessThan(left!.y + left!.height);
    }
  },
);

promise("a bank that asks a caseworker's question is refused field by field", wide, async (visitor) => {
  await visitor.persona.selectOption("bank");
  expect(await visitor.purpose.inputValue()).toBe("identity-verification");
  const envelope = await visitor.ask();
  expect(envelope).not.toContain("QV-3-07");
  expect(envelope).toContain("WHY A FIELD IS EMPTY");
  expect(envelope).toContain("Not agreed");
});

promise("who asks, and what was answered, belong to a tab", wide, async (visitor) => {
  await visitor.persona.selectOption("clinic");
  await visitor.caseId.fill("ref-2026-0009");
  const asked = await visitor.ask();
  await visitor.tab("Referral").click();
  expect(await visitor.envelope.innerText()).toContain("Press Ask");
  await visitor.tab("Eligibility").click();
  expect(await visitor.persona.inputValue()).toBe("clinic");
  expect(await visitor.caseId.inputValue()).toBe("ref-2026-0009");
  expect(await visitor.envelope.innerText()).toBe(asked);
});

promise("explained is not asked: nothing is fetched and nothing recorded", wide, async (visitor) => {
  const before = await logSize(orvanda);
  await visitor.explain.check();
  const envelope = await visitor.ask();
  expect(envelope).toMatch(/DisabilityEnrolment\.assessedLevel\s+refuse/);
  expect(envelope).toMatch(/Identity\.fullName\s+permit/);
  expect(await recordsFrom(orvanda, before)).toEqual([]);
});

promise("a mistake in the question is answered with a sentence and a code", wide, async (visitor) => {
  await visitor.caseId.fill("not a case");
  expect(await visitor.ask()).toContain("Refused");
});

promise("every control has a name and is reached by the keyboard, and the keyboard asks", wide, async (visitor) => {
  const stops = await tabStops(visitor.page);
  expect(stops.filter((name) => name === "")).toEqual([]);
  const wanted = [
    "Ask as",
    "Purpose",
    "Case",
    "Only explain",
    "Eligibility",
    "Query Editor",
    "Execute query",
    "Variables",
    "Result Window",
    "The answer and its envelope",
  ];
  const order = wanted.map((name) => stops.findIndex((stop) => stop.startsWith(name)));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order).not.toContain(-1);
  await visitor.page.getByRole("textbox", { name: "Query Editor" }).focus();
  await visitor.page.keyboard.press("Control+Enter");
  await visitor.envelope.getByText("Answered in part").waitFor();
});

promise("on a narrow screen nothing runs off sideways", narrow, async (visitor) => {
  for (const { tab } of questions) {
    await visitor.tab(tab).click();
    await visitor.ask();
    expect(await visitor.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(narrow.width);
  }
  const [data, envelope] = await Promise.all([visitor.data.boundingBox(), visitor.envelope.boundingBox()]);
  expect(envelope!.y).toBeGreaterThanOrEqual(data!.y + data!.height);
});

for (const colorScheme of ["light", "dark"] as const)
  promise(
    `every text stands out from what is behind it, on ${colorScheme}`,
    { ...wide, colorScheme },
    async (visitor) => {
      await visitor.ask();
      expect(await callInPage<number>(visitor.page, "lowestContrast", "header")).toBeGreaterThanOrEqual(4.5);
      expect(await callInPage<number>(visitor.page, "lowestContrast", "#envelope")).toBeGreaterThanOrEqual(4.5);
      const ground = await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(ground).toBe(colorScheme === "dark" ? "rgb(16, 24, 31)" : "rgb(243, 246, 248)");
    },
  );

promise(
  "the page loads nothing from elsewhere, and the browser keeps nothing that was asked",
  wide,
  async (visitor) => {
    const asked: string[] = [];
    visitor.page.on("request", (sent) => asked.push(sent.url()));
    await visitor.page.reload();
    await visitor.page.getByRole("button", { name: /^Execute query/ }).waitFor();
    await visitor.ask();
    expect(asked.filter((url) => !url.startsWith(graphiql.url) && !url.startsWith("data:"))).toEqual([]);
    const kept = await visitor.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]");
    expect(kept).toEqual([0, 0, ""]);
    expect(await visitor.page.context().cookies()).toEqual([]);
  },
);

promise("another origin's page can neither ask, nor read, nor frame this one", wide, async (visitor) => {
  const before = await logSize(orvanda);
  const other = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<title>other</title>"),
  );
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const page = await visitor.page.context().newPage();
  await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
  const outcomes = await callInPage(page, "tryFromElsewhere", graphiql.url, JSON.stringify(question));
  expect(outcomes).toEqual({ json: "no answer", text: "no answer", blind: "opaque 0", read: "no answer" });
  expect(page.frames().filter((frame) => frame.url().startsWith(graphiql.url))).toEqual([]);
  expect(await postAs({ host: "orvanda.example", origin: graphiql.url })).toBe(403);
  expect(await postAs({ host: new URL(graphiql.url).host })).toBe(403);
  expect(await postAs({ host: new URL(graphiql.url).host, origin: graphiql.url })).toBe(200);
  // Only the last one, which the page itself could have sent, is in the log: an intent and its outcome.
  await expect.poll(async () => (await recordsFrom(orvanda, before)).length).toBe(2);
  await page.close();
  other.close();
});

const question = {
  persona: "caseworker",
  purpose: "eligibility-assessment",
  caseId: "c-1",
  query: '{ person(key: {value: "1234567890"}) { identity { fullName } } }',
};

for (const look of [wide, { ...narrow, colorScheme: "dark" as const }])
  promise(
    `an adapter's page for who runs it, ${look.width} px: read at a glance, paused and resumed`,
    look,
    async ({ page }) => {
      const file = path.join(orvanda.dataDir, "state", "adapter", "page.json");
      const { url } = JSON.parse(readFileSync(file, "utf8")) as { url: string };
      await orvanda.ask({ persona: "caseworker", query: question.query });
      await page.goto(url);
      expect(await page.title()).toMatch(/^Adapter: /);
      const civil = page.getByRole("region", { name: /^civil / });
      // On a busy machine a look may take longer than it may.
      for (let tries = 10; tries > 0 && !(await civil.getByText("The system answers.").isVisible()); tries--)
        await page.reload();
      expect(await civil.getByRole("table").innerText()).toContain("org:welfare");
      await civil.getByText("Pause, or plan a window").click();
      await civil.getByRole("combobox").selectOption("consumer org:bank");
      await civil.getByRole("button", { name: "Pause", exact: true }).click();
      await civil.getByText("Paused: consumer org:bank.").waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      expect(await seriousFindings(page)).toEqual([]);
      await keepPicture(page, `adapter-${look.width}`);
      await civil.getByRole("button", { name: "Go on: consumer org:bank" }).click();
      await civil.getByText("Nothing is paused.").waitFor();
      expect(await page.content()).not.toContain("<script");
    },
  );

/** A name of another host that points to this machine, as in DNS rebinding, cannot be tried with fetch. */
async function postAs(headers: Record<string, string>): Promise<number> {
  const sent = request(`${graphiql.url}/ask`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
  });
  sent.end(JSON.stringify(question));
  const [response] = (await once(sent, "response")) as [{ statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode;
}
