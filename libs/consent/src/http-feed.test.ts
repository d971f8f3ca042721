import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SubjectRef } from "#libs/terms";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import {
  disability,
  draft,
  inPerson,
  keeper,
  openRegister,
  person,
  registerKeys,
  seals,
  signer,
  statusUri,
} from "./country.fixture.js";
import { openFeedStore } from "./feed-store.js";
import { HttpFeed } from "./http-feed.js";
import { memoryStorage } from "./memory-storage.fixture.js";
import { SignedLists } from "./signed-lists.js";

/** A register that can be made to misbehave, asked over HTTP as an adapter asks. */
const time = { now: 1_795_867_200, monotonic: 0 };
const clock = { now: () => time.now, monotonic: () => time.monotonic };
const start = new Date(time.now * 1000);
const folder = mkdtempSync(join(tmpdir(), "weft feed "));
let storage: ReturnType<typeof memoryStorage>;
let register: ReturnType<typeof openRegister>;
let lists: SignedLists;
let server: Server;
let asked: string[];
let spoil: {
  feed?: (body: object) => object;
  down?: "feed" | "status" | "both";
  lost?: number;
  slowStatus?: number;
  list?: string;
};
let feed: HttpFeed;

beforeEach(async () => {
  Object.assign(time, { now: start.getTime() / 1000, monotonic: 0 });
  storage = memoryStorage();
  register = openRegister(storage);
  lists = new SignedLists({ storage, signer, keeper, statusUri });
  asked = [];
  spoil = {};
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://register");
    const part = url.pathname === "/feed" ? "feed" : "status";
    if (part === "feed") asked.push(url.search);
    if (part === "feed" && asked.length === spoil.lost) return response.destroy();
    if (spoil.down === part || spoil.down === "both") return response.destroy();
    const late = part === "status" ? (spoil.slowStatus ?? 0) : 0;
    void answer(url).then((text) => setTimeout(() => response.end(text), late));
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  feed.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function answer(url: URL): Promise<string> {
  if (url.pathname.startsWith("/status/")) {
    if (spoil.list !== undefined) return spoil.list;
    await lists.sign(() => new Date(time.now * 1000));
    return lists.find(Number(url.pathname.split("/").at(-1))) ?? "";
  }
  const page = await storage.feed(disability, Number(url.searchParams.get("after")), 2);
  return JSON.stringify(spoil.feed?.(page) ?? page);
}

async function open(file = ":memory:", wait = 0): Promise<HttpFeed> {
  const { port } = server.address() as AddressInfo;
  feed = new HttpFeed({
    url: `http://127.0.0.1:${port}`,
    audience: disability,
    keys: registerKeys,
    store: openFeedStore(file),
    assertion: () => "signed",
    clock,
    wait,
  });
  await feed.start();
  return feed;
}

const refOf = (number: number): SubjectRef => seals.seal(disability, person(number));
const known = (number: number) => feed.receiptsOf(refOf(number)).length;
const give = (...numbers: number[]) => register.give(numbers.map((number) => draft(start, { person: person(number) })));

test("all pages are read, and the statuses of what they name", async () => {
  const [first] = await give(1, 2, 3, 4, 5);
  await open();
  expect([known(1), known(5), known(6), feed.position(), feed.problems()]).toEqual([1, 1, 0, 5, []]);
  expect(feed.statusOf(feed.receiptsOf(refOf(1))[0]!)).toBe("valid");
  await register.withdraw(first!.record_id, inPerson(start));
  time.now += 1;
  await feed.pollStatus();
  expect(feed.statusOf(feed.receiptsOf(refOf(1))[0]!)).toBe("invalid");
  expect(feed.statusOf(feed.receiptsOf(refOf(2))[0]!)).toBe("valid");
});

test("after a restart only what is new is asked for, and everything once read is known", async () => {
  const file = join(mkdtempSync(join(folder, "kept ")), "receipts.db");
  await give(1, 2, 3);
  await open(file);
  feed.close();
  await give(4);
  asked = [];
  await open(file);
  expect(asked[0]).toMatch(/^\?after=3&/);
  expect([known(1), known(4), feed.position()]).toEqual([1, 1, 4]);
});

test("with the register down at a start what was kept is known, and nothing is released on it", async () => {
  const file = join(mkdtempSync(join(folder, "kept ")), "receipts.db");
  await give(1);
  await open(file);
  feed.close();
  spoil = { down: "both" };
  await open(file);
  expect([known(1), feed.isFresh()]).toEqual([1, false]);
  expect(feed.statusOf(feed.receiptsOf(refOf(1))[0]!)).toBe("unknown");
  expect(feed.problems()).toEqual(["receipts: not read yet", "status list: no answer"]);
  spoil = {};
  await expect.poll(() => feed.problems(), { timeout: 10_000 }).toEqual([]);
  expect(feed.statusOf(feed.receiptsOf(refOf(1))[0]!)).toBe("valid");
});

test("a list that is not renewed says nothing after ten seconds, whatever the wall clock shows", async () => {
  await give(1);
  await open();
  spoil = { down: "status" };
  time.monotonic = 10_000;
  expect(feed.isFresh()).toBe(true);
  time.monotonic = 10_001;
  await feed.pollStatus();
  expect([feed.isFresh(), feed.statusOf(feed.receiptsOf(refOf(1))[0]!)]).toEqual([false, "unknown"]);
  expect(feed.problems()).toContain("status list: no answer");
});

test("a feed that is cut off while the list goes on is noticed: an objection could wait behind it", async () => {
  await give(1);
  await open();
  spoil = { down: "feed" };
  time.monotonic = 10_001;
  time.now += 1;
  await feed.pollStatus();
  await expect.poll(() => feed.problems(), { timeout: 10_000 }).toEqual(["receipts: no answer for ten seconds"]);
  spoil = {};
  await expect.poll(() => feed.problems(), { timeout: 10_000 }).toEqual([]);
});

test("one answer that is lost is asked for again at once", async () => {
  await open();
  spoil = { lost: asked.length + 1 };
  const lost = spoil.lost!;
  await expect.poll(() => asked.length, { interval: 2 }).toBeGreaterThanOrEqual(lost);
  const since = performance.now();
  await expect.poll(() => asked.length, { interval: 2 }).toBeGreaterThan(lost);
  expect(performance.now() - since).toBeLessThan(900);
});

test("after a break the feed is asked without waiting, and then as before", async () => {
  await open(":memory:", 7);
  spoil = { down: "feed" };
  asked = [];
  await expect.poll(() => asked.length, { timeout: 10_000 }).toBeGreaterThan(1);
  spoil = {};
  const waits = () => asked.map((search) => new URLSearchParams(search).get("wait")).join("");
  await expect.poll(waits, { timeout: 10_000 }).toMatch(/^7+0+7/);
});

test("what was withdrawn during a break is known before anything is answered again", async () => {
  const [given] = await give(1);
  await open();
  spoil = { down: "feed" };
  time.monotonic = 5_000;
  time.now += 1;
  await feed.pollStatus();
  spoil = { down: "both" };
  time.monotonic = 10_001;
  await register.withdraw(given!.record_id, inPerson(start));
  time.now += 1;
  const status = () => feed.statusOf(feed.receiptsOf(refOf(1))[0]!);
  await expect.poll(() => feed.problems(), { timeout: 10_000 }).toEqual(["receipts: no answer for ten seconds"]);
  expect([feed.isFresh(), status()]).toEqual([true, "valid"]);
  spoil = { slowStatus: 1_500 };
  await expect.poll(() => feed.problems(), { timeout: 10_000, interval: 5 }).toEqual([]);
  expect(status()).toBe("invalid");
});

test("a list kept back from long ago is not taken as new", async () => {
  await give(1);
  await lists.sign(() => start);
  const old = lists.find(1)!;
  const sign = lists.sign.bind(lists);
  lists.sign = async () => undefined;
  time.now += 60;
  await open();
  expect(lists.find(1)).toBe(old);
  expect([feed.isFresh(), feed.problems()]).toEqual([false, ["status list: too old"]]);
  lists.sign = sign;
});

test("what has ended stays ended, whichever of two registers is asked next, and a list that was issued earlier makes none younger", async () => {
  const [given] = await give(1);
  const status = () => feed.statusOf(feed.receiptsOf(refOf(1))[0]!);
  await lists.sign(() => start);
  const behind = lists.find(1)!;
  await open();
  expect(status()).toBe("valid");
  await register.withdraw(given!.record_id, inPerson(start));
  await feed.pollStatus();
  expect(status()).toBe("invalid");
  // The other one signed in the same second, or before, and has not heard of it.
  spoil = { list: behind };
  await feed.pollStatus();
  expect(status()).toBe("invalid");
  spoil = {};
  time.now += 3;
  time.monotonic = 3_000;
  await feed.pollStatus();
  spoil = { list: behind };
  time.monotonic = 13_001;
  await feed.pollStatus();
  expect([status(), feed.isFresh()]).toEqual(["unknown", false]);
});

test("a receipt that cannot be verified makes the feed unsound; those around it still count", async () => {
  await give(1, 2, 3);
  spoil.feed = (page) => {
    const { receipts, ...rest } = page as { receipts: string[] };
    return { ...rest, receipts: receipts.map((jwt, at) => (at === 1 ? `${jwt.slice(0, -4)}AAAA` : jwt)) };
  };
  await open();
  expect([known(1), known(2), known(3)]).toEqual([1, 0, 1]);
  expect(feed.problems()).toEqual(["receipts: number 2 is not accepted (consent receipt: signature)"]);
});

test("a position left out, a total that shrank and an answer that is not the register's are each a problem", async () => {
  await give(1, 2);
  await open();
  const problems: [NonNullable<typeof spoil.feed>, string][] = [
    [(page) => ({ ...page, cursor: 3, total: 3 }), "receipts: a position was left out"],
    [(page) => ({ ...page, cursor: 1, total: 1 }), "receipts: fewer than before"],
    [(page) => ({ ...page, more: true }), "receipts: an answer that is not the register's"],
  ];
  for (const [wrong, says] of problems) {
    spoil.feed = wrong;
    await expect.poll(() => feed.problems(), { timeout: 10_000 }).toEqual([says]);
  }
  expect([known(1), known(2)]).toEqual([1, 1]);
});
