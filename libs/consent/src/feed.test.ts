import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CanonicalPerson, type OrgId, Sealer, type Signer, deriveSealKey } from "#libs/terms";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileFeed } from "./feed.js";
import { type ConsentReceipt, type RegisterKeys, signReceipt } from "./receipt.js";
import { StatusList, signStatusList } from "./status-list.js";

const register: Signer = { kid: "registry-consent-1", key: generateKeyPairSync("ed25519").privateKey };
const keys: RegisterKeys = (kid) =>
  kid === register.kid ? { iss: "org:registry", key: createPublicKey(register.key) } : undefined;
const provider = "org:disability" as OrgId;
const sealer = new Sealer(deriveSealKey("p1", new Uint8Array(32), provider));
const uri = "https://consent.orvanda.example/status/1";
const person = (number: number) => sealer.seal(`nid:${String(number).padStart(10, "0")}` as CanonicalPerson);

function line(number: number): string {
  const receipt = {
    iss: "org:registry",
    iat: 1_000,
    nbf: 1_000,
    exp: 9_000,
    jti: `receipt-${String(number).padStart(12, "0")}`,
    record_id: `r-${number}`,
    record_version: 1,
    aud: provider,
    sub: person(number),
    kind: "consent",
    recipient: "org:clinic",
    purposes: ["referral"],
    coordinates: ["DisabilityEnrolment.since"],
    status: { status_list: { idx: number, uri } },
  } as unknown as ConsentReceipt;
  return signReceipt(receipt, register);
}

let dir: string;
let receipts: string;
let feed: FileFeed;
const time = { now: 5_000, monotonic: 0 };

beforeEach(async () => {
  Object.assign(time, { now: 5_000, monotonic: 0 });
  dir = await mkdtemp(join(tmpdir(), "consent-feed-"));
  await mkdir(join(dir, "disability"));
  receipts = join(dir, "disability", "receipts.jsonl");
  await writeFile(receipts, `${line(1)}\n`);
  await writeStatus(new StatusList());
  const clock = { now: () => time.now, monotonic: () => time.monotonic };
  feed = new FileFeed(dir, provider, keys, { clock, every: 0 });
  await feed.poll();
});

afterEach(async () => {
  feed.close();
  await rm(dir, { recursive: true });
});

async function writeStatus(list: StatusList, issuedAt = time.now): Promise<void> {
  await writeFile(join(dir, "next.jwt"), signStatusList({ list, uri, issuedAt }, "org:registry", register));
  await rename(join(dir, "next.jwt"), join(dir, "status.jwt"));
}

const statusOf = (number: number) => feed.receiptsOf(person(number)).map((receipt) => feed.statusOf(receipt))[0];
const known = (number: number) => feed.receiptsOf(person(number)).length;

test("a sound feed has its receipts, their status and no problems", () => {
  expect([known(1), known(2), feed.position()]).toEqual([1, 0, 1]);
  expect(statusOf(1)).toBe("valid");
  expect(feed.problems()).toEqual([]);
});

test("a last line that is half written waits for its other half", async () => {
  const text = `${line(2)}\n`;
  await appendFile(receipts, text.slice(0, 100));
  await feed.poll();
  expect([known(2), feed.problems()]).toEqual([0, []]);
  await appendFile(receipts, text.slice(100));
  await feed.poll();
  expect([known(2), feed.position()]).toEqual([1, 2]);
});

test("more receipts than one look can hold are all read", async () => {
  const lines = Array.from({ length: 2_500 }, () => line(3)).map((text, index) => (index === 2_499 ? line(4) : text));
  await appendFile(receipts, `${lines.join("\n")}\n`);
  await feed.poll();
  expect([known(3), known(4), feed.position()]).toEqual([1, 1, 2_501]);
});

test("a withdrawal counts from the next look", async () => {
  time.now += 1;
  await writeStatus(new StatusList().withStatus(1, "invalid"));
  await feed.poll();
  expect(statusOf(1)).toBe("invalid");
});

test("a withdrawal counts even where the list is signed twice in one second", async () => {
  await writeStatus(new StatusList().withStatus(1, "invalid"));
  await feed.poll();
  expect(statusOf(1)).toBe("invalid");
});

test("an older list never replaces a newer one", async () => {
  await writeStatus(new StatusList().withStatus(1, "invalid"), time.now - 3);
  await feed.poll();
  expect(statusOf(1)).toBe("valid");
});

test("a list that is not renewed says nothing after ten seconds, whatever the wall clock shows", async () => {
  time.monotonic = 10_000;
  await feed.poll();
  expect(feed.isFresh()).toBe(true);
  time.monotonic = 10_001;
  await feed.poll();
  expect(feed.isFresh()).toBe(false);
  expect(statusOf(1)).toBe("unknown");
  expect(feed.problems()).toEqual(["status list: older than ten seconds"]);
});

test("a list kept back from long ago is not taken as new", async () => {
  time.now += 60;
  const late = new FileFeed(dir, provider, keys, { clock: { now: () => time.now, monotonic: () => 0 }, every: 0 });
  await late.poll();
  expect([late.isFresh(), late.problems()]).toEqual([false, ["status list: too old"]]);
});

test("a line that cannot be verified makes the feed unsound; the lines around it still count", async () => {
  await appendFile(receipts, `${line(2).slice(0, -4)}AAAA\n${line(3)}\n`);
  await feed.poll();
  expect([known(2), known(3)]).toEqual([0, 1]);
  expect(feed.problems()).toEqual(["receipts: line 2 is not accepted (consent receipt: signature)"]);
});

test("a file that shrinks takes nothing back; a missing one is a problem", async () => {
  await writeFile(receipts, "");
  await feed.poll();
  expect([known(1), feed.position()]).toEqual([1, 0]);
  await rm(receipts);
  await feed.poll();
  expect(feed.problems()).toEqual(["receipts: the file is missing"]);
});
