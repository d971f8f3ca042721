import { expect } from "vitest";
import { type Desk, keepPicture, raiseAlert, seriousFindings } from "./desk.js";

const REASON = "Brought in by passers-by; we need to know what to expect <b>of her</b>.";

/** To whoever's life was saved without asking them: why it was done is read by people, on a button, and each reading is recorded. */
export function emergencies(desk: Desk): void {
  desk.promise("an emergency waits on Today, and its reason is shown to who presses for it, as text", async () => {
    const { orvanda } = desk;
    const answer = await orvanda.ask({
      persona: "clinic",
      purpose: "vital-interest",
      caseId: "er-2026-0010",
      reason: REASON,
      query: "query Q($who: PersonKey!) { person(key: $who) { disability { assessedLevel } } }",
      variables: { who: orvanda.who("Amara Tessel") },
    });
    expect(answer.errors).toEqual([]);
    const { record } = answer;
    await raiseAlert(desk, { rule: "break-glass", consumer: "clinic", officer: "d31", provider: "disability", record });
    await desk.visit("clinic", {}, async (page) => {
      const emergency = page.getByRole("listitem").filter({ hasText: "Emergency access" }).first();
      await emergency.waitFor();
      expect(await page.locator("main").innerText()).not.toContain("passers-by");
      await emergency.getByRole("button", { name: /^Read the reason of access \d+$/ }).click();
      await emergency.getByText(REASON).waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await keepPicture(page, "emergency-wide");
    });
  });
}
