import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import {
  consistencyRanges,
  emptyEdge,
  grow,
  leafHash,
  noteSigner,
  noteVerifier,
  openWitnessed,
  parseWitness,
  pinLogs,
  pinWitnesses,
  printAddCheckpoint,
  rootOf,
  signCheckpoint,
  WitnessClient,
  witnessVerifier,
} from "#libs/access-log";
import { createLogger, type HttpServer, Secret } from "#libs/server";
import { sha256 } from "#libs/terms";
import { sandboxKey, sandboxPrivateJwk } from "../../sandbox/src/keys.js";
import type { WitnessConfig } from "./config.js";
import { startWitness } from "./witness.module.js";

process.env["APOLLO_TELEMETRY_DISABLED"] = "1";
const folder = mkdtempSync(join(tmpdir(), "weft witness "));
const origin = "log.orvanda.example/qv";
const name = "witness.orvanda.example/authority";
const log = sandboxKey("log-1").privateKey;
const { vkey } = witnessVerifier(name, sandboxKey("witness-1").privateKey);
writeFileSync(join(folder, "pins.json"), JSON.stringify({ logs: [noteVerifier(origin, log).vkey] }));

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).toReversed()) await stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(state: string, change: Partial<WitnessConfig> = {}): Promise<HttpServer> {
  const config: WitnessConfig = {
    WEFT_HOST: "127.0.0.1",
    WEFT_OPERATIONS_HOST: "127.0.0.1",
    WEFT_PORT: 0,
    WEFT_MODE: "sandbox",
    WEFT_WITNESS_NAME: name,
    WEFT_WITNESS_KEY_FILE: new Secret(JSON.stringify(sandboxPrivateJwk("witness-1"))),
    WEFT_PINS_FILE: join(folder, "pins.json"),
    WEFT_STATE_DIR: join(folder, state),
    WEFT_WITNESS_FIRST: false,
    WEFT_LOG_LEVEL: "silent",
    ...change,
  };
  const server = await startWitness(config, createLogger({ name: "witness", level: "silent" }));
  running.push(() => server.close());
  return server;
}

function door({ url }: HttpServer): WitnessClient {
  const client = new WitnessClient({ url, witness: parseWitness(vkey), timeout: 8_000 });
  running.push(() => client.close());
  return client;
}

const leaves = (fork?: number) =>
  Array.from({ length: 20 }, (_, i) => leafHash(sha256(`entry ${i}${i === fork ? "!" : ""}`)));
const rootAt = (from: number, to: number, fork?: number) => rootOf(grow(emptyEdge, leaves(fork).slice(from, to)).edge);
const noteAt = (size: number, fork?: number) =>
  signCheckpoint({ origin, size, root: rootAt(0, size, fork) }, noteSigner(origin, log));
const request = (oldSize: number, size: number, fork?: number) => ({
  oldSize,
  proof: consistencyRanges(oldSize, size).map((range) => rootAt(range.from, range.to, fork)),
  note: noteAt(size, fork),
});

async function post({ url }: HttpServer, body: string) {
  const response = await fetch(`${url}/add-checkpoint`, { method: "POST", body });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

test("it cosigns what continues what it cosigned, and shows it to everybody", async () => {
  const client = door(await start("grows"));
  expect(await client.latest(origin)).toBeUndefined();
  const sent = Math.floor(Date.now() / 1000);
  for (const [from, to] of [
    [0, 5],
    [5, 5],
    [5, 17],
  ] as const)
    expect(await client.addCheckpoint(request(from, to))).toMatchObject({ status: "cosigned" });
  const pinned = [pinLogs([noteVerifier(origin, log).vkey]), pinWitnesses({ quorum: 1, vkeys: [vkey] })] as const;
  const shown = openWitnessed((await client.latest(origin))!, ...pinned, sent + 60);
  expect(shown.size).toBe(17);
  expect(shown.witnessedAt).toBeGreaterThanOrEqual(sent);
});

test("it answers by the letter: statuses, and the size that it stands at", async () => {
  const server = await start("letter");
  const client = door(server);
  await client.addCheckpoint(request(0, 7));
  const conflict = { status: 409, type: expect.stringMatching(/^text\/x\.tlog\.size/), text: "7\n" };
  expect(await post(server, printAddCheckpoint(request(0, 9)))).toEqual(conflict);
  expect(await post(server, printAddCheckpoint({ ...request(7, 9), proof: [] }))).toMatchObject({ status: 422 });
  const stranger = noteSigner(origin, sandboxKey("log-2").privateKey);
  const forged = signCheckpoint({ origin, size: 9, root: rootAt(0, 9) }, stranger);
  expect(await post(server, printAddCheckpoint({ ...request(7, 9), note: forged }))).toMatchObject({ status: 403 });
  const other = signCheckpoint(
    { origin: "other.example", size: 9, root: rootAt(0, 9) },
    noteSigner("other.example", log),
  );
  expect(await post(server, printAddCheckpoint({ ...request(7, 9), note: other }))).toMatchObject({ status: 404 });
  expect(await post(server, "old 7\n")).toMatchObject({ status: 400 });
  expect(await post(server, "x".repeat(70_000))).toMatchObject({ status: 413 });
  expect((await fetch(`${server.url}/latest/${"0".repeat(64)}`)).status).toBe(404);
});

test("neither a rollback nor a fork is cosigned, also after a restart; two trees of one size are kept as evidence", async () => {
  const first = await start("restart");
  await door(first).addCheckpoint(request(0, 9));
  await running.pop()!();
  await running.pop()!();
  const server = await start("restart");
  const client = door(server);
  expect(await client.addCheckpoint(request(0, 5))).toEqual({ status: "conflict", size: 9 });
  expect(await client.addCheckpoint(request(9, 12, 3))).toEqual({ status: "refused", code: 422 });
  expect(await client.addCheckpoint(request(9, 9, 3))).toEqual({ status: "conflict", size: 9 });
  const [fork, ...others] = (await (await fetch(`${server.url}/forks`)).json()) as { held: string; shown: string }[];
  expect(others).toEqual([]);
  expect(fork).toMatchObject({ size: 9, shown: noteAt(9, 3), held: expect.stringContaining(name) });
  expect(await client.addCheckpoint(request(9, 12))).toMatchObject({ status: "cosigned" });
});

test("of requests that race, one moves the witness and nothing rolls it back", async () => {
  const server = await start("race");
  const answers = await Promise.all(
    [5, 9, 3, 17, 12].map((size) => post(server, printAddCheckpoint(request(0, size)))),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(4);
});

test("without its state a witness does not start, but for a key that has cosigned nothing; two processes cannot share it", async () => {
  const settings = { WEFT_MODE: "production", WEFT_PINS_FILE: join(folder, "real.json") } as const;
  writeFileSync(settings.WEFT_PINS_FILE, JSON.stringify({ logs: [noteVerifier("log.example/xx", log).vkey] }));
  await expect(start("lost", settings)).rejects.toThrow("retire this key");
  await start("lost", { ...settings, WEFT_WITNESS_FIRST: true });
  await expect(start("lost", settings)).rejects.toThrow("another process");
  await expect(start("sandbox keys", { WEFT_MODE: "production" })).rejects.toThrow("sandbox");
});
