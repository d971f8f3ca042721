import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

/** What a visitor does with the page, by the names that the page itself gives to things. */
export function visitorOf(page: Page) {
  const envelope = page.getByRole("complementary", { name: "The answer and its envelope" });
  return {
    page,
    envelope,
    persona: page.getByLabel("Ask as"),
    purpose: page.getByLabel("Purpose"),
    caseId: page.getByRole("textbox", { name: "Case" }),
    explain: page.getByLabel("Only explain, fetch nothing"),
    /** The answer as it came. */
    data: page.getByRole("region", { name: "Result Window" }),
    tab: (name: string) => page.getByRole("button", { name, exact: true }),
    async open(url: string): Promise<void> {
      await page.goto(url);
      await page.getByRole("button", { name: /^Execute query/ }).waitFor();
    },
    /** Resolves when the answer is shown; gives the envelope's text. Asks again where a busy machine kept a source from answering. */
    async ask(tries = 5): Promise<string> {
      const asks = page.waitForRequest((sent) => sent.url().endsWith("/ask") && !isIntrospection(sent.postData()));
      await page.getByRole("button", { name: /^Execute query/ }).click();
      await asks;
      await envelope
        .getByText(/^(Answered in full|Answered in part|Refused|Explained; nothing was fetched)$/)
        .waitFor();
      const text = await envelope.innerText();
      return tries > 1 && text.includes(": unavailable") ? this.ask(tries - 1) : text;
    },
  };
}

function isIntrospection(body: string | null): boolean {
  return body?.includes('"operationName":"IntrospectionQuery"') ?? false;
}

export type Visitor = ReturnType<typeof visitorOf>;

/** Browser code, as text: our types are Node's. */
const inPage = readFileSync(new URL("in-page.js", import.meta.url), "utf8").replaceAll(/^export /gm, "");

/** Calls a function of `in-page.js` in the page. */
export function callInPage<T>(page: Page, name: string, ...given: readonly unknown[]): Promise<T> {
  return page.evaluate(`${inPage}; ${name}(${given.map((value) => JSON.stringify(value)).join(", ")})`);
}

/** Names of everything that the Tab key stops at, in order, from the top of the page to its end. */
export async function tabStops(page: Page): Promise<string[]> {
  await page.locator("body").focus();
  const stops: string[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const stop = await callInPage<string | null>(page, "nameOfFocus");
    if (stop === null) break;
    stops.push(stop);
  }
  return stops;
}
