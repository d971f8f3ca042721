import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { FileFeed } from "#libs/consent";
import { type CanonicalPerson, deriveSealKey, parseOrgId, Sealer } from "#libs/terms";
import { openConsentRegister } from "./consent-register.js";
import { sandboxKey, sandboxSealMaster } from "./keys.js";
import { referralConsentOf } from "./network.js";

const dir = mkdtempSync(path.join(tmpdir(), "weft consent "));
afterAll(() => rmSync(dir, { recursive: true }));

const disability = parseOrgId("org:disability");
const pay = parseOrgId("org:pay");
const { privateKey, publicJwk } = sandboxKey("registry-consent-1");
const keys = (kid: string) => (kid === publicJwk.kid ? { iss: "org:registry", key: privateKey } : undefined);
const person = "nid:1234567890" as CanonicalPerson;
const ref = new Sealer(deriveSealKey(sandboxSealMaster.kid, sandboxSealMaster.bytes, disability)).seal(person);
const open = () => openConsentRegister(path.join(dir, "feed"), path.join(dir, "register.json"), [disability, pay]);

test("a consent reaches its provider's feed, a withdrawal ends it, and both outlive the process", async () => {
  const register = open();
  const feed = new FileFeed(path.join(dir, "feed"), disability, keys, { every: 0 });
  const record = register.giveConsent(referralConsentOf(person));
  await feed.poll();
  const [receipt] = feed.receiptsOf(ref);
  if (!receipt) throw new Error("no receipt");
  expect(feed.problems()).toEqual([]);
  expect(receipt.record_id).toBe(record);
  expect(feed.statusOf(receipt)).toBe("valid");
  register.withdrawConsent(record);
  await feed.poll();
  expect(feed.statusOf(receipt)).toBe("invalid");
  register.close();

  const again = open();
  await feed.poll();
  expect(feed.statusOf(receipt)).toBe("invalid");
  expect(again.withdrawConsent("unknown")).toBe(false);
  again.close();
});

test("what a run that broke off left behind is withdrawn by the next one", async () => {
  const broken = open();
  broken.giveConsent(referralConsentOf(person));
  // Neither saved nor closed: the receipt is in the feed, the state file does not know it.
  rmSync(path.join(dir, "register.json"));
  const register = open();
  register.withdrawAll(referralConsentOf(person));
  const record = register.giveConsent(referralConsentOf(person));
  const feed = new FileFeed(path.join(dir, "feed"), disability, keys, { every: 0 });
  await feed.poll();
  const receipts = feed.receiptsOf(ref);
  const valid = receipts.filter((receipt) => feed.statusOf(receipt) === "valid");
  expect(receipts.length).toBeGreaterThan(1);
  expect(valid.map(({ record_id }) => record_id)).toEqual([record]);
  register.close();
  broken.close();
});

test("a provider without receipts has an empty feed, not a missing one", async () => {
  const register = open();
  const feed = new FileFeed(path.join(dir, "feed"), pay, keys, { every: 0 });
  await feed.poll();
  expect(feed.problems()).toEqual([]);
  expect(feed.isFresh()).toBe(true);
  register.close();
});
