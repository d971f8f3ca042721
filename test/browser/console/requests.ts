import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { Download, Page } from "playwright-core";
import { expect } from "vitest";
import { repository } from "../../../apps/sandbox/src/repository.js";
import { type Desk, keepPicture, seriousFindings } from "./desk.js";

const run = promisify(execFile);
/** The accesses of the test are of today, or of tomorrow where it runs at midnight; a person asks about a month. */
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
const month = `${dayOf(Date.now()).slice(0, 8)}01`;
const until = dayOf(Date.now() + 86_400_000);

/** To a citizen: "My cousin works at the welfare office. Did anybody look at me?" is answered by a letter that you can check yourself. */
export function requests(desk: Desk): void {
  let letter = "";

  desk.promise(
    "my cousin works at the welfare office, did anybody look at me this month: from the request to the signed letter",
    async () => {
      const { value } = desk.orvanda.who("Amara Tessel");
      await desk.visit("welfare", {}, (page) => takeIn(page, value));
      await desk.visit("civil", {}, handOverPart);
      await desk.visit("welfare", {}, async (page) => {
        letter = await writeLetter(page);
      });
      const { payload } = JSON.parse(letter) as { payload: string };
      const told = Buffer.from(payload, "base64url").toString("utf8");
      expect(told).toContain("Social Welfare Office");
      expect(told).not.toMatch(/officer:/);
    },
  );

  desk.promise(
    "one access of the letter is verified by the browser alone, and by the command, without a network",
    async () => {
      expect(letter).not.toBe("");
      const keys = await (await fetch(`${desk.orvanda.urls.console}/api/keys`)).text();
      await desk.visit(undefined, {}, async (page) => {
        await page.goto(`${desk.orvanda.urls.console}/verify`);
        const given = page.getByLabel("Proof", { exact: true });
        await given.waitFor();
        await page.context().setOffline(true);
        await page.getByLabel("Keys that you believe", { exact: true }).fill(keys);
        await given.fill(letter);
        await page.getByRole("textbox", { name: "Which access of the letter" }).waitFor();
        const check = page.getByRole("button", { name: "Check the proof" });
        await check.click();
        await page.getByText("This access is in the log").waitFor();
        await keepPicture(page, "verify-letter-wide");
        await given.fill(
          letter.replace(/"signature": "(.)/, (_, first) => `"signature": "${first === "A" ? "B" : "A"}`),
        );
        await check.click();
        await page.getByText("it was altered").waitFor();
      });
      const file = path.join(repository, ".weft", "screens", "letter.json");
      writeFileSync(file, letter);
      const args = [path.join(repository, "dist/bin/weft.js"), "log", "verify", "--letter", file];
      const { stdout } = await run(process.execPath, args, { cwd: repository });
      expect(stdout).toMatch(/Letter r-2026-31, signed by review:main/);
      expect(stdout).toMatch(/Entry \d+ of a tree of \d+ is this access, by the log and a witness\./);
    },
  );
}

async function takeIn(page: Page, number: string): Promise<void> {
  await open(page);
  await page.getByLabel("Number in your file").fill("r-2026-31");
  await page.getByLabel("Asked about: from (UTC)").fill(month);
  await page.getByLabel("Up to and with (UTC)").fill(until);
  await page.getByLabel("Number of the person").fill(number);
  await page.getByRole("button", { name: "Enter", exact: true }).click();
  await page.getByRole("heading", { name: "Request r-2026-31" }).waitFor();
  await choose(page, "How identity was checked", "A card was seen, and not copied", "Confirm");
  await page.getByText("Identity: A card was seen, and not copied.").waitFor();
  await page.getByRole("textbox", { name: "Houses" }).click();
  await page.getByRole("option", { name: "Civil Register and National ID Office" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Ask them" }).click();
  await page.getByText("asked, no answer yet").waitFor();
}

async function handOverPart(page: Page): Promise<void> {
  await open(page);
  await page.getByRole("row", { name: "r-2026-31" }).getByRole("link").click();
  await page.getByRole("button", { name: "Hand over our part" }).click();
  await page.getByText(/accesse?s? handed over/).waitFor();
  expect(await page.locator("main").innerText()).not.toContain("officer:welfare-dpo");
}

/** The letter as it was saved. */
async function writeLetter(page: Page): Promise<string> {
  await open(page);
  await page.getByRole("row", { name: "r-2026-31" }).getByRole("link").click();
  await page.getByText(/accesse?s? handed over/).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const files: Download[] = [];
  page.on("download", (file) => files.push(file));
  await page.getByRole("button", { name: "Write the letter" }).click();
  await page.getByText("The letter was written").waitFor();
  await expect.poll(() => files.length).toBe(2);
  const saved = async (ending: string) =>
    readFileSync(await files.find((file) => file.suggestedFilename().endsWith(ending))!.path());
  const letter = (await saved(".json")).toString("utf8");
  const pdf = await saved(".pdf");
  expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  writeFileSync(path.join(repository, ".weft", "screens", "letter.pdf"), pdf);
  await keepPicture(page, "request-wide");
  await choose(page, "The answer", "The letter was sent", "Answered");
  await page.getByText("Nothing of a person is kept here.").waitFor();
  await page.getByRole("link", { name: "Requests", exact: true }).click();
  await page.getByRole("row", { name: "r-2026-31" }).getByText("Answered").waitFor();
  await keepPicture(page, "requests-wide");
  return letter;
}

async function open(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Requests", exact: true }).click();
  await page.getByRole("heading", { name: "Requests" }).waitFor();
}

async function choose(page: Page, label: string, option: string, button: string): Promise<void> {
  await page.getByRole("textbox", { name: label }).click();
  await page.getByRole("option", { name: option }).click();
  await page.getByRole("button", { name: button, exact: true }).click();
}
