import { expect } from "vitest";
import { issueRecord, LogClient } from "#libs/access-log";
import type { KeysAnswer } from "#libs/review";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { referralConsentOf } from "../../../apps/sandbox/src/network.js";
import { CONSENTING, questionsOf } from "../../../apps/sandbox/src/questions.js";
import { type ReviewerName, reviewers } from "../../../apps/sandbox/src/reviewers.js";
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

  desk.promise("the register answers nothing but the record of a look at consents, and each of them once", async () => {
    const { orvanda } = desk;
    const { logs } = (await (await fetch(`${orvanda.urls.console}/api/keys`)).json()) as KeysAnswer;
    const log = new LogClient({ url: orvanda.urls.log, vkey: logs[0]! });
    const signer = { kid: "review-main-1", key: sandboxKey("review-main-1").privateKey };
    const day = { from: "2026-01-01T00:00:00Z", until: "2030-01-01T00:00:00Z" };
    const asked = async (look: object, scope: "own" | "all" = "own") => {
      const caller = { ...reviewerOf("civil"), client: "review:main", purpose: "audit", case: "i-2026-5" };
      const draft = {
        kind: "review",
        iss: "review:main",
        log: log.origin,
        caller,
        review: { scope, look },
        sections: [],
      };
      const record = issueRecord(draft as never, signer, new Date());
      const { text: proof } = await log.append(record);
      return JSON.stringify({ record: record.presentation(), proof });
    };
    const post = async (body: string) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(`${orvanda.urls.consent}/counts`, { method: "POST", headers, body })).status;
    };
    const own = await asked({ kind: "consents", ...day });
    expect([await post(own), await post(own)]).toEqual([200, 403]);
    expect(await post(await asked({ kind: "search", query: {}, limit: 1, facets: [] }))).toBe(403);
    const forged = JSON.parse(await asked({ kind: "consents", ...day })) as { record: string; proof: string };
    const { proof } = JSON.parse(await asked({ kind: "consents", ...day })) as { proof: string };
    expect(await post(JSON.stringify({ ...forged, proof }))).toBe(403);
    await expect(asked({ kind: "consents", ...day }, "all")).rejects.toMatchObject({ code: "RECORD_INVALID" });
    await log.close();
  });
}

function reviewerOf(name: ReviewerName) {
  const { org, officer } = reviewers[name];
  return { consumer: org, officer };
}
