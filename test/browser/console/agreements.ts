import { expect } from "vitest";
import type { CanonicalPerson } from "#libs/terms";
import { CUSTOMER, questionsOf } from "../../../apps/sandbox/src/questions.js";
import { type Attempt, captureGateway } from "../../attack/captured-gateway.js";
import { codesOf } from "../../journeys/orvanda.js";
import { type Desk, keepPicture, seriousFindings } from "./desk.js";

const agreement = "dsa-civil-bank-2026";

const addressIn = ({ orvanda }: Desk) => `${orvanda.urls.console}/agreements/${agreement}`;

/** To whoever answers for data: you can read what was agreed, see what of it is used, and end it within a second. Walked last: it stays ended. */
export function agreements(desk: Desk): void {
  desk.promise(
    "an agreement in plain words, by whose keys it is signed, and which of its fields nobody ever asked for",
    async () => {
      const { customer } = questionsOf(desk.orvanda.country);
      expect(codesOf(await desk.orvanda.ask(customer))).not.toContain("AGREEMENT_INACTIVE");
      await desk.visit("civil", {}, async (page) => {
        await page.getByRole("navigation").getByRole("link", { name: "Agreements" }).click();
        await page.locator("svg path[fill-opacity], svg path").first().waitFor();
        await keepPicture(page, "agreements-wide");
        await page.getByRole("link", { name: agreement }).click();
        await page.getByRole("heading", { name: "Who signed" }).waitFor();
        const signed = page.getByRole("table", { name: "Who signed" });
        expect(await signed.innerText()).toMatch(/with key civil-agreement-1[^]*with key bank-agreement-1[^]*sha-256:/);
        await page.getByLabel("Number of the request or investigation").fill("i-2026-3");
        await page.getByRole("button", { name: "Count" }).click();
        const use = page.getByRole("table", { name: "Use against grant" });
        await use.waitFor();
        expect(await use.getByRole("cell", { name: "1", exact: true }).count()).toBeGreaterThan(0);
        await keepPicture(page, "agreement-wide");
      });
    },
  );

  desk.promise("who is not the provider cannot suspend it", async () => {
    await desk.visit("welfare", {}, async (page) => {
      await page.goto(addressIn(desk));
      await page.getByRole("heading", { name: "Who signed" }).waitFor();
      expect(await page.getByRole("button", { name: "Suspend at once" }).count()).toBe(0);
    });
  });

  suspension(desk);
}

function suspension(desk: Desk): void {
  desk.promise(
    "what its provider suspends is refused a moment later, by the gateway and by the ministry's own adapter",
    async () => {
      const { orvanda } = desk;
      const { customer } = questionsOf(orvanda.country);
      const known = (app: "gateway" | "adapter") => fetch(`${orvanda.urls[app]}/health/ready`).then((it) => it.text());
      const before = { gateway: await known("gateway"), adapter: await known("adapter") };
      const captured = await captureGateway(orvanda.urls);
      const attempt = compareIdentity(`nid:${orvanda.who(CUSTOMER).value}` as CanonicalPerson);
      expect((await captured.send("civil", await captured.prepare(attempt))).code).toBe("answered");
      const pids = [orvanda.pidOf("gateway"), orvanda.pidOf("adapter")];
      await desk.visit("civil", {}, async (page) => {
        await page.goto(addressIn(desk));
        await page.getByRole("button", { name: "Suspend at once" }).click();
        const dialog = page.getByRole("group", { name: "Suspend this agreement at once" });
        await dialog.getByRole("textbox", { name: "Reason" }).click();
        await page.getByRole("option", { name: "It was abused" }).click();
        await dialog.getByLabel("Number of the request or investigation").fill("i-2026-3");
        expect(await seriousFindings(page)).toEqual([]);
        await keepPicture(page, "suspend-wide");
        await dialog.getByRole("button", { name: "Suspend now" }).click();
        await page.getByText("Suspended at once by whoever gives the data").waitFor();
        await keepPicture(page, "suspended-wide");
      });
      for (const app of ["gateway", "adapter"] as const)
        await expect.poll(() => known(app), { timeout: 20_000 }).not.toBe(before[app]);
      // A gateway in the wrong hands does not listen, and gets nothing either.
      expect((await captured.send("civil", await captured.prepare(attempt))).code).toBe("AGREEMENT_INACTIVE");
      await captured.close();
      const refused = await orvanda.ask(customer);
      expect(codesOf(refused)).toContain("AGREEMENT_INACTIVE");
      expect([orvanda.pidOf("gateway"), orvanda.pidOf("adapter")]).toEqual(pids);
      // Who starts anew hears of it before anybody asks.
      await orvanda.stopApp("gateway");
      await orvanda.startApp("gateway");
      expect(codesOf(await orvanda.ask(customer))).toContain("AGREEMENT_INACTIVE");
    },
  );
}

function compareIdentity(person: CanonicalPerson): Attempt {
  return {
    ministry: "civil",
    query:
      "query($representations:[_Any!]!,$c:ClaimedIdentity!){_entities(representations:$representations){...on Person{identityMatch(claimed:$c){fullName}}}}",
    variables: { c: { fullName: "Nobody" } },
    persons: [person],
    coordinates: ["Person.identityMatch", "IdentityMatch.fullName"],
    agreement,
    caller: { consumer: "org:bank", client: "client:bank", purpose: "identity-verification" } as unknown as NonNullable<
      Attempt["caller"]
    >,
  };
}
