import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { corpus } from "../../../apps/consent/src/page/browser.fixture.js";
import { type Desk, keepPicture, look } from "./desk.js";

/** You see in plain words who asked for what about whom, and your own browser proves it, whatever the console or the log may say. */
export function accesses(desk: Desk): void {
  fromSignInToProof(desk);
  casesAreText(desk);
}

function fromSignInToProof(desk: Desk): void {
  desk.promise(
    "from the sign-in to one access in whole sentences, which the browser itself finds in the log",
    async () => {
      await desk.visit("welfare", {}, async (page) => {
        await look(page);
        await keepPicture(page, "accesses-wide");
        await page.getByRole("row", { name: "c-2026-0042" }).getByRole("link").click();
        await page.getByText("This access is in the log").waitFor();
        await page.getByText("a witness saw the log in this state").waitFor();
        await page
          .getByText("Social Welfare Office (officer:8c1) asked in order to: Deciding an application")
          .waitFor();
        const decisions = page.getByRole("table", { name: "Decision on each field" });
        await decisions.getByRole("row", { name: "Identity.fullName Permitted" }).waitFor();
        expect(await decisions.getByRole("row", { name: /Refused/ }).count()).toBeGreaterThan(0);
        await keepPicture(page, "access-wide");
      });
    },
  );

  desk.promise(
    "a proof that was saved is verified without anybody; one altered letter, and it is not believed",
    async () => {
      let proof = "";
      await desk.visit("civil", {}, async (page) => {
        await look(page);
        await page.getByRole("row", { name: "c-2026-0042" }).getByRole("link").click();
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("button", { name: "Save the proof" }).click(),
        ]);
        proof = readFileSync(await download.path(), "utf8");
      });
      const keys = await (await fetch(`${desk.orvanda.urls.console}/api/keys`)).text();
      await desk.visit(undefined, {}, async (page) => {
        await page.goto(`${desk.orvanda.urls.console}/verify`);
        const given = page.getByLabel("Proof", { exact: true });
        await given.waitFor();
        await page.context().setOffline(true);
        await page.getByLabel("Keys that you believe", { exact: true }).fill(keys);
        const check = async (text: string) => {
          await given.fill(text);
          await page.getByRole("button", { name: "Check the proof" }).click();
        };
        await check(proof);
        await page.getByText("This access is in the log").waitFor();
        await keepPicture(page, "verify-wide");
        const { jwt } = JSON.parse(proof) as { jwt: string };
        const altered = jwt.slice(0, 200) + (jwt[200] === "A" ? "B" : "A") + jwt.slice(201);
        await check(proof.replace(jwt, altered));
        await page.getByText("Not to be believed").waitFor();
        await check(proof.replace(/index (\d+)/, (_, index) => `index ${Number(index) + 1}`));
        await page.getByText("not at this place in the log").waitFor();
      });
    },
  );
}

function casesAreText(desk: Desk): void {
  desk.promise("whatever stands in a case reference is text, in the list and on the page of one access", async () => {
    await desk.visit("welfare", {}, async (page) => {
      page.on("dialog", () => {
        throw new Error("A script of a case reference ran.");
      });
      let nasty = "";
      // No case can be written like this; a log that was broken into could still answer so.
      await page.route(/\/api\/(search|record)$/, async (route) => {
        const answer = await route.fetch();
        const body = (await answer.text()).replaceAll("c-2026-0042", JSON.stringify(nasty).slice(1, -1));
        await route.fulfill({ response: answer, body });
      });
      for (nasty of corpus.toReversed()) {
        await look(page);
        await page.getByText(nasty).first().waitFor();
        expect(await page.locator("tbody :is(img, svg, script)").count(), nasty).toBe(0);
      }
      await page.locator("tbody tr", { hasText: nasty }).first().getByRole("link").click();
      await page.locator("[role=status] table").waitFor();
      await page.getByText(nasty).first().waitFor();
      expect(await page.locator("main :is(img, script)").count()).toBe(0);
    });
  });
}
