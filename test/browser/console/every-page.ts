import { expect } from "vitest";
import { tabStops } from "../page.js";
import { type Desk, keepPicture, look, type Screen, seriousFindings } from "./desk.js";

const places = [
  "accesses",
  "access",
  "today",
  "requests",
  "investigations",
  "reveals",
  "agreements",
  "agreements/dsa-civil-welfare-2026",
  "consents",
  "integrity",
  "verify",
];

/** Everybody can use every page, and no other site can use the console in your name. */
export function everyPage(desk: Desk): void {
  for (const [name, screen] of Object.entries({
    "wide and light": {},
    "narrow and dark, in Arabic": { width: 380, colorScheme: "dark", locale: "ar" },
  } satisfies Record<string, Screen>))
    desk.promise(`${name}: nothing serious for a screen reader, nothing runs off sideways`, async () => {
      await desk.visit("authority", screen, async (page) => {
        const isArabic = "locale" in screen;
        expect(await page.locator("html").getAttribute("dir")).toBe(isArabic ? "rtl" : "ltr");
        await look(page);
        for (const place of places) {
          if (place === "access") {
            await page.locator("tbody a").last().click();
            await page.locator("[role=status] table").waitFor();
          } else if (place !== "accesses") {
            await page.goto(`${desk.orvanda.urls.console}/${place}`);
            await page.getByRole("heading", { level: 2 }).waitFor();
            await page.waitForLoadState("networkidle");
          }
          expect(await seriousFindings(page), place).toEqual([]);
          const over = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;
          expect(await page.evaluate(over), place).toBeLessThanOrEqual(0);
          await keepPicture(page, `${place.replace("/", "-")}-${isArabic ? "narrow-ar" : "light"}`);
        }
      });
    });

  desk.promise("the keyboard reaches everything that looking needs", async () => {
    await desk.visit("civil", {}, async (page) => {
      await page.goto(`${desk.orvanda.urls.console}/accesses`);
      await page.locator("form").first().waitFor();
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

  desk.promise("another page can neither frame the console nor keep what it showed", async () => {
    const response = await fetch(desk.orvanda.urls.console);
    expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    const [one, other] = await Promise.all([fetch(desk.orvanda.urls.console), fetch(desk.orvanda.urls.console)]);
    const nonceOf = ({ headers }: Response) => /nonce-([^']+)/.exec(headers.get("content-security-policy") ?? "")?.[1];
    expect(nonceOf(one)).not.toBe(nonceOf(other));
    await desk.visit("civil", {}, async (page) => {
      await look(page);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await page.goBack();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      expect(await page.locator("tbody tr").count()).toBe(0);
    });
  });
}
