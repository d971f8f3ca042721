import { expect } from "vitest";
import { referralConsentOf } from "../../../apps/sandbox/src/network.js";
import { CONSENTING, questionsOf } from "../../../apps/sandbox/src/questions.js";
import { type Desk, keepPicture, seriousFindings } from "./desk.js";

/** To whoever agreed and took it back: that nobody was read on it afterwards is a figure that your ministry can see, and you are not in it. */
export function consents(desk: Desk): void {
  desk.promise("given and withdrawn in figures; nobody was read after it, and nobody is named", async () => {
    const { orvanda } = desk;
    const { referral } = questionsOf(orvanda.country);
    const person = orvanda.who(CONSENTING);
    await orvanda.consents.withdrawConsent(orvanda.referralConsent);
    await orvanda.ask(referral);
    await desk.visit("authority", {}, async (page) => {
      const answered = page.waitForResponse((response) => response.url().endsWith("/api/consents"));
      await page.getByRole("navigation").getByRole("link", { name: "Consents" }).click();
      await page.getByLabel("Number of the request or investigation").fill("i-2026-4");
      await page.getByRole("button", { name: "Count" }).click();
      const text = await (await answered).text();
      await page.getByText("Nobody was read on a consent that had ended").waitFor();
      const row = page
        .getByRole("table", { name: "By organisations" })
        .getByRole("row", { name: /Clinic/ })
        .first();
      expect(await row.getByRole("link").innerText()).toBe("dsa-disability-clinic-2026");
      expect(text).toMatch(/"withdrawn":[1-9]/);
      expect(text).toMatch(/"compared":[1-9]/);
      expect(text).not.toMatch(new RegExp(`${person.value}|p1\\.|nid:`));
      expect(await seriousFindings(page)).toEqual([]);
      await keepPicture(page, "consents-wide");
    });
    await orvanda.consents.giveConsent(referralConsentOf(`nid:${person.value}` as never));
  });
}
