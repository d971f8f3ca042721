import { expect } from "vitest";
import { questionsOf } from "../../../apps/sandbox/src/questions.js";
import { type Desk, keepPicture, raiseAlert, seriousFindings } from "./desk.js";

/** To whoever was looked at: an access that nothing explains is followed to its end, by people who never need to know the officer's name. */
export function investigations(desk: Desk): void {
  desk.promise(
    "an alert to its outcome: asked, answered without a name, proposed, and confirmed by a second person",
    async () => {
      const { record } = await desk.orvanda.ask(questionsOf(desk.orvanda.country).eligibility);
      await raiseAlert(desk, { rule: "unexplained", consumer: "welfare", officer: "8c1", provider: "civil", record });
      await desk.visit("civil", {}, async (page) => {
        await page.getByRole("heading", { name: /^Today, / }).waitFor();
        await page.getByRole("list", { name: "To look at" }).getByRole("listitem").first().waitFor();
        await keepPicture(page, "today-wide");
        await page.getByRole("link", { name: "An access stands out · no case explains it" }).click();
        await page.getByLabel("Number of the request or investigation").fill("i-2026-9");
        await page.getByRole("button", { name: "Begin", exact: true }).click();
        await page.getByRole("heading", { name: "Investigation i-2026-9" }).waitFor();
        await page.getByRole("button", { name: "Ask", exact: true }).click();
        await page.getByText("The next step is somebody else's.").waitFor();
        expect(await page.locator("main").innerText()).not.toContain("W-");
      });
      await desk.visit("welfare", {}, async (page) => {
        await page.getByRole("link", { name: "Your house is asked how it explains an access: i-2026-9" }).click();
        await page.getByRole("textbox", { name: "How it is explained" }).click();
        await page.getByRole("option", { name: "Nothing explains it" }).click();
        expect(await seriousFindings(page)).toEqual([]);
        await page.getByRole("button", { name: "Answer", exact: true }).click();
        await page.getByText("It answered").waitFor();
        expect(await page.locator("main").innerText()).not.toContain("officer:civil-dpo");
      });
      await desk.visit("civil", {}, async (page) => {
        expect(await page.getByText("An access stands out").count()).toBe(0);
        await page.getByRole("link", { name: /Say what it was, or ask: investigation i-2026-9/ }).click();
        await page.getByRole("textbox", { name: "What it was" }).click();
        await page.getByRole("option", { name: "A breach" }).click();
        await page.getByRole("button", { name: "Propose" }).click();
        await page.getByText("Another person confirms it or returns it").waitFor();
        expect(await page.getByRole("button", { name: "Confirm" }).count()).toBe(0);
      });
      await desk.visit("civilSecond", {}, async (page) => {
        await page.getByRole("link", { name: "An outcome waits for a second person: investigation i-2026-9" }).click();
        await page.getByRole("button", { name: "Confirm" }).click();
        await page.getByText("Two people said so.").waitFor();
        await keepPicture(page, "investigation-wide");
      });
    },
  );

  desk.promise("a drawn access for which there is a reason is done for the day", async () => {
    await desk.visit("cash", {}, async (page) => {
      const work = page.getByRole("list", { name: "To look at" }).getByRole("listitem");
      await work.first().waitFor();
      const before = await work.count();
      await page.getByRole("button", { name: "By office" }).click();
      const offices = page.getByRole("table", { name: "Cases in which nothing was said of somebody" });
      await offices.getByText("no office is known").first().waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await keepPicture(page, "offices-wide");
      await page
        .getByRole("button", { name: /^There is a reason for access/ })
        .first()
        .click();
      await page.getByText("1 was done today.").waitFor();
      expect(await work.count()).toBe(before - 1);
    });
  });
}
