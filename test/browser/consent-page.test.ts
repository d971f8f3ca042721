import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, type TestContext, vi } from "vitest";
import { askerFor } from "../../apps/sandbox/src/askers.js";
import { personas } from "../../apps/sandbox/src/personas.js";
import { CONSENTING } from "../../apps/sandbox/src/questions.js";
import { codesOf, type Orvanda, startOrvanda } from "../journeys/orvanda.js";
import { findChromium, launchChromium, missingBrowser } from "./chromium.js";

vi.setConfig({ testTimeout: 120_000 });

/**
 * To whoever is asked for a consent: one reads on a telephone what is asked, gives a part of it, and that part is what is read; one takes
 * it back by the printed code, and nothing is read any more. Never again is not for ever, and a guardian knows for whom they answer. Without a script, with a keyboard, in two directions of writing.
 */
const program = findChromium();
const inCi = process.env["CI"] !== undefined && process.env["CI"] !== "";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const level = "DisabilityEnrolment.assessedLevel";
let orvanda: Orvanda;
let browser: Browser;

beforeAll(async () => {
  if (program === undefined && inCi) throw new Error(missingBrowser);
  if (program === undefined) return;
  [orvanda, browser] = await Promise.all([startOrvanda(), launchChromium(program)]);
  await orvanda.consents.withdrawConsent(orvanda.referralConsent);
});
afterAll(async () => {
  await browser?.close();
  await orvanda?.stop();
});

interface Screen {
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  /** Only to look at the page with axe: what the page itself is has none. */
  readonly scripts?: boolean;
}

async function visit(
  { width = 360, colorScheme = "light", scripts = false }: Screen,
  keep: (page: Page) => Promise<void>,
) {
  const context = await browser.newContext({
    viewport: { width, height: 780 },
    colorScheme,
    javaScriptEnabled: scripts,
    bypassCSP: scripts,
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await keep(page);
  await context.close();
  const origin = orvanda.urls.consent;
  expect(asked.filter((url) => !url.startsWith(origin))).toEqual([]);
}

/** Without a browser it is not run, and says so; in CI it fails. */
function promise(name: string, keep: () => Promise<void>) {
  test(name, async ({ skip }: TestContext) => {
    skip(program === undefined, missingBrowser);
    await keep();
  });
}

/** As the clinic's own system. */
async function say(path: string, body: object, persona: "clinic" | "bank" = "clinic") {
  const { fetch } = askerFor({ persona: personas[persona], urls: orvanda.urls });
  return fetch(`${orvanda.urls.consent}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function askFor(person: object, change: object = {}): Promise<string> {
  const until = `${new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 19)}Z`;
  const coordinates = [level, "DisabilityEnrolment.since"];
  const answer = await say("/consent-requests", {
    person,
    purpose: "referral",
    coordinates,
    until,
    case: "ref-2026-0117",
    ...change,
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { code: string }).code;
}

/** What the clinic reads of the person, once it is what it should be or time is up. */
async function clinicReads(who: object, wanted: { level: string | null }) {
  const query = `query R($who: PersonKey!) { person(key: $who) { disability { assessedLevel since } } }`;
  const read = async () => {
    const answer = await orvanda.ask({ persona: "clinic", query, variables: { who } });
    const { person } = answer.data as {
      person: { disability: { assessedLevel: string | null; since: string | null } | null };
    };
    return {
      level: person.disability?.assessedLevel ?? null,
      since: person.disability?.since ?? null,
      codes: codesOf(answer),
    };
  };
  await vi.waitFor(async () => expect(await read()).toMatchObject(wanted), { timeout: 30_000, interval: 500 });
  return read();
}

async function enter(page: Page, code: string, value: string, language = "en", path = "answer") {
  await page.goto(`${orvanda.urls.consent}/${path}?lang=${language}`);
  await page.locator("#code").fill(code);
  await page.locator("#number").fill(value);
  await page.locator("button").click();
}

promise(
  "the clinic asks, the person gives one field of two, exactly that is read; taken back, nothing is",
  async () => {
    const who = orvanda.who(CONSENTING);
    expect(await clinicReads(who, { level: null })).toEqual({ level: null, since: null, codes: ["NOT_AVAILABLE"] });
    const code = await askFor(who);
    let printed = "";
    await visit({}, async (page) => {
      await enter(page, code, who.value);
      await page.getByText("District Clinic Kelani").waitFor();
      const [first, second] = await page.getByRole("checkbox").all();
      await first!.check();
      await second!.check();
      await second!.uncheck();
      await page.getByRole("button", { name: "I agree to what I ticked" }).click();
      await page.getByRole("heading", { name: "Your consent is recorded" }).waitFor();
      expect(await page.getByRole("listitem").allInnerTexts()).toEqual(["Disability programme: Assessed level"]);
      printed = await page.locator(".big").innerText();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: /PDF/ }).click(),
      ]);
      expect(
        readFileSync(await download.path())
          .subarray(0, 5)
          .toString(),
      ).toBe("%PDF-");
    });
    expect(await clinicReads(who, { level: "moderate" })).toEqual({
      level: "moderate",
      since: null,
      codes: ["NOT_AVAILABLE"],
    });
    await visit({}, async (page) => {
      await page.goto(`${orvanda.urls.consent}/take-back`);
      await page.getByLabel("Code from the half page").fill(printed);
      await page.getByRole("button", { name: "Take it back" }).click();
      await page.getByRole("heading", { name: "The consent has ended" }).waitFor();
    });
    expect(await clinicReads(who, { level: null })).toEqual({ level: null, since: null, codes: ["NOT_AVAILABLE"] });
  },
);

promise(
  "with the keyboard alone: what is wrong is focused and named, everything can be reached, in the order that it is read",
  async () => {
    const who = orvanda.who(CONSENTING);
    const code = await askFor(who);
    await visit({ scripts: true }, async (page) => {
      const focused = () =>
        page.evaluate("document.activeElement.id || document.activeElement.value || document.activeElement.className");
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      await page.goto(`${orvanda.urls.consent}/answer?lang=en`);
      await press("Tab");
      expect(await focused()).toBe("skip");
      await press("Tab", "Tab");
      expect(await focused()).toBe("code");
      await page.keyboard.type("K7MP-2X4R-9TWA");
      await press("Tab", "Tab");
      await page.keyboard.type(who.value);
      await press("Enter");
      // A browser moves to what is to be read first when it draws, which is after the text is there.
      await page.locator("[role=alert]:focus").waitFor();
      expect(await focused()).toBe("wrong");
      expect(await page.title()).toMatch(/^Error: /);
      for (const id of ["code", "number"]) {
        const field = page.locator(`#${id}`);
        expect(await field.getAttribute("aria-invalid")).toBe("true");
        expect((await field.getAttribute("aria-describedby"))!.split(" ")).toContain("wrong");
      }
      await press("Tab");
      await page.keyboard.type(code);
      await press("Tab", "Tab");
      await page.keyboard.type(who.value);
      await press("Enter");
      await page.getByRole("checkbox").first().waitFor();
      const order: unknown[] = [];
      for (let i = 0; i < 6; i++) {
        await press("Tab");
        order.push(await focused());
      }
      expect(order).toEqual(["skip", level, "DisabilityEnrolment.since", "give", "refuse", "silence"]);
      await press("Shift+Tab", "Enter");
      await page.getByRole("heading", { name: "Your answer is recorded" }).waitFor();
    });
  },
);

promise(
  "who said never again may change their mind: on the page, with the code of that day, and is asked again",
  async () => {
    const who = orvanda.who(CONSENTING);
    await visit({}, async (page) => {
      await enter(page, await askFor(who), who.value);
      await page.getByRole("button", { name: /not to ask me again/ }).click();
      await page.getByText("With this code you let it ask again").waitFor();
      const code = await page.locator(".big").innerText();
      await enter(page, await askFor(who), who.value);
      await page.getByRole("alert").waitFor();
      await page.getByRole("link", { name: "Take back a consent that you gave" }).click();
      await page.getByRole("link", { name: "Let an office ask you again" }).click();
      await page.getByLabel("Code from that day").fill(code);
      await page.getByLabel("Your own number").fill(who.value);
      await page.getByRole("button", { name: "It may ask me again" }).click();
      await page.getByRole("heading", { name: "The office may ask you again" }).waitFor();
      await enter(page, await askFor(who), who.value);
      await page.getByText("District Clinic Kelani").waitFor();
    });
  },
);

promise("a guardian gives for the person in their care, is told so, and that person's field is read", async () => {
  const who = orvanda.who(CONSENTING);
  const guardian = { scheme: "NATIONAL_ID", value: "6731482913" };
  const majority = `${new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
  const evidence = `sha-256:${"A".repeat(43)}`;
  const code = await askFor(who, { guardian: { person: guardian, majority, evidence } });
  await visit({ scripts: true }, async (page) => {
    await enter(page, code, who.value);
    await page.getByRole("alert").waitFor();
    await enter(page, code, guardian.value);
    await page.getByText("For the person in your care, not for yourself.").waitFor();
    await page.getByText(`Their number ends in ${who.value.slice(-3)}`).waitFor();
    await isSound(page, "a guardian's request");
    await page.getByRole("checkbox").first().check();
    await page.locator("button[value=give]").click();
    await page.getByRole("heading", { name: "Your consent is recorded" }).waitFor();
    await page.getByText("For the person in your care, not for yourself.").waitFor();
    expect(await clinicReads(who, { level: "moderate" })).toMatchObject({ level: "moderate" });
    const printed = await page.locator(".big").innerText();
    await page.goto(`${orvanda.urls.consent}/take-back`);
    await page.locator("#code").fill(printed);
    await page.locator("button").click();
    await page.getByRole("heading", { name: "The consent has ended" }).waitFor();
  });
  expect(await clinicReads(who, { level: null })).toMatchObject({ level: null });
});

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** axe finds nothing serious, the page fits the screen, and axe did look. */
async function isSound(page: Page, where: string) {
  await page.evaluate(axe);
  const { violations, passes } = (await page.evaluate("axe.run()")) as Record<"violations" | "passes", Finding[]>;
  const told = violations.map(({ id, impact, nodes }) => `${where}: ${impact} ${id} ${nodes[0]?.html}`);
  expect(told).toEqual([]);
  expect(passes.length).toBeGreaterThan(10);
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where).toBe(true);
}

/** Each width, each colouring and each direction of writing. */
const screens = [
  { width: 360, colorScheme: "dark", language: "ar" },
  { width: 1280, colorScheme: "light", language: "en" },
] as const;

for (const { width, colorScheme, language } of screens) {
  promise(`every page at ${width} px, ${colorScheme}, ${language}: axe finds nothing, nothing is cut off`, async () => {
    const who = orvanda.who(CONSENTING);
    const code = await askFor(who);
    const where = (step: string) => `${step} ${width} ${colorScheme} ${language}`;
    await visit({ width, colorScheme, scripts: true }, async (page) => {
      await enter(page, "K7MP-2X4R-9TWA", who.value, language);
      await isSound(page, where("a wrong code"));
      await enter(page, code, who.value, language);
      expect(await page.locator("html").getAttribute("dir")).toBe(language === "ar" ? "rtl" : "ltr");
      await isSound(page, where("the request"));
      await page.locator("button[value=give]").click();
      await isSound(page, where("nothing ticked"));
      await page.getByRole("checkbox").first().check();
      await page.locator("button[value=give]").click();
      await isSound(page, where("given"));
      const printed = await page.locator(".big").innerText();
      await page.goto(`${orvanda.urls.consent}/take-back?lang=${language}`);
      await isSound(page, where("take back"));
      await page.locator("#code").fill(printed);
      await page.locator("button").click();
      await isSound(page, where("taken back"));
      await enter(page, await askFor(who), who.value, language);
      await page.locator("button[value=silence]").click();
      await isSound(page, where("not again"));
      const heard = await page.locator(".big").innerText();
      await enter(page, "K7MP-2X4R-9TWA", who.value, language, "hear-again");
      await isSound(page, where("a wrong code to be asked again"));
      await enter(page, heard, who.value, language, "hear-again");
      await isSound(page, where("asked again"));
    });
  });
}
