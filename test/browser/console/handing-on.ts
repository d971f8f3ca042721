import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type Desk, keepPicture, look, seriousFindings } from "./desk.js";

/** What leaves the console: a list, with a reason; and an officer's number, to two people of their own house. */
export function handingOn(desk: Desk): void {
  desk.promise("a list leaves as a file when a reason was given, and nothing in it runs", async () => {
    await desk.visit("civil", {}, async (page) => {
      await look(page, "i-2026-21");
      const save = page.getByRole("button", { name: "Save as CSV" });
      expect(await save.isDisabled()).toBe(true);
      await page.getByRole("textbox", { name: "Why the list leaves" }).click();
      await page.getByRole("option", { name: "An investigation" }).click();
      const [download] = await Promise.all([page.waitForEvent("download"), save.click()]);
      expect(download.suggestedFilename()).toMatch(/^weft-export-\d+\.csv$/);
      const text = readFileSync(await download.path(), "utf8");
      expect(text.startsWith("\ufeff")).toBe(true);
      expect(text).toContain("c-2026-0042");
      await keepPicture(page, "export-wide");
    });
  });

  desk.promise(
    "an officer's number is shown to one person of their house after a second agreed, and never to whoever asked",
    async () => {
      let access = "";
      await desk.visit("civil", {}, async (page) => {
        await look(page, "i-2026-22");
        await page.getByRole("row", { name: "c-2026-0042" }).first().getByRole("link").click();
        await page.getByRole("textbox", { name: "Why you ask" }).click();
        await page.getByRole("option", { name: "A complaint" }).click();
        await page.getByRole("button", { name: "Ask their house" }).click();
        await page.getByText("Their house has been asked").waitFor();
        access = /accesses\/(\d+)/.exec(page.url())![1]!;
      });
      const name = `Officer of access ${access}`;
      const act = (who: "welfare" | "welfareSecond", button: string, after: string) =>
        desk.visit(who, {}, async (page) => {
          await page.getByRole("link", { name: "Officers", exact: true }).click();
          const one = page.getByRole("region", { name });
          await one.getByRole("button", { name: button, exact: true }).click();
          await one.getByText(after, { exact: true }).waitFor();
        });
      await act("welfare", "Accept", "Accepted");
      await act("welfareSecond", "Approve", "Approved");
      await desk.visit("welfare", {}, async (page) => {
        await page.getByRole("link", { name: "Officers", exact: true }).click();
        const one = page.getByRole("region", { name });
        await one.getByRole("button", { name: "Show the staff number" }).click();
        await one.getByText(/^Staff number /).waitFor();
        expect(await seriousFindings(page)).toEqual([]);
        await keepPicture(page, "reveal-wide");
        await one.getByRole("textbox", { name: "How it is explained" }).click();
        await page.getByRole("option", { name: "Justified" }).click();
        await one.getByRole("button", { name: "Tell the asker" }).click();
        await one.getByText("Answered", { exact: true }).waitFor();
      });
      await desk.visit("civil", {}, async (page) => {
        await page.getByRole("link", { name: "Officers", exact: true }).click();
        const one = page.getByRole("region", { name });
        await one.getByText("Justified").waitFor();
        expect(await one.innerText()).not.toContain("staff-");
      });
    },
  );
}
