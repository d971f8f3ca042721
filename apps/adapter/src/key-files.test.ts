import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteVerifier } from "#libs/access-log";
import { Secret } from "#libs/server";
import { deriveSealKey, type OrgId } from "#libs/terms";
import { afterAll, expect, test, vi } from "vitest";
import { readPins, readSealKeys, readSigner } from "./key-files.js";

const dir = mkdtempSync(join(tmpdir(), "adapter-keys-"));
afterAll(() => rmSync(dir, { recursive: true }));
const provider = "org:civil" as OrgId;
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const jwk = publicKey.export({ format: "jwk" });
const { vkey } = noteVerifier("log.test.example/qv", publicKey);
const unusable = expect.objectContaining({ code: "CONFIG_INVALID" }) as Error;

function pins(content: object) {
  const file = join(dir, "pins.json");
  writeFileSync(file, JSON.stringify(content));
  return readPins(file);
}

test("pins name the gateways' keys, the logs, and the ministry's own keys", () => {
  const { gateways, logs, ownKeys } = pins({
    gateways: [{ id: "gateway:main", kid: "g-1", jwk }],
    logs: [vkey],
    ministries: { [provider]: [jwk] },
  });
  expect([ownKeys(provider), ownKeys("org:cash" as OrgId)]).toEqual([[jwk], []]);
  expect([gateways("g-1")?.iss, gateways("g-2")]).toEqual(["gateway:main", undefined]);
  expect(logs.verifiers.map((verifier) => verifier.vkey)).toEqual([vkey]);
});

test("while the log's key is changed both are believed, and the old one no longer than it is given", () => {
  vi.useFakeTimers({ now: new Date("2026-11-28T00:00:00Z") });
  const next = noteVerifier("log.test.example/qv", generateKeyPairSync("ed25519").publicKey).vkey;
  const gateways = [{ id: "gateway:main", kid: "g-1", jwk }];
  const { logs } = pins({ gateways, logs: [{ vkey, until: "2026-11-29T00:00:00Z" }, next], ministries: {} });
  const believed = () => logs.verifiers.map((verifier) => verifier.vkey);
  expect(believed()).toEqual([vkey, next]);
  vi.setSystemTime(new Date("2026-11-29T00:00:01Z"));
  expect(believed()).toEqual([next]);
  expect(() => pins({ gateways, logs: [{ vkey, until: "2026-11-29T00:00:00Z" }], ministries: {} })).toThrow(unusable);
  vi.useRealTimers();
});

test("pins that could mean two things, or nobody, are refused", () => {
  const gateway = { id: "gateway:main", kid: "g-1", jwk };
  const rest = { logs: [vkey], ministries: { [provider]: [jwk] } };
  expect(() => pins({ gateways: [gateway, { ...gateway, id: "gateway:other" }], ...rest })).toThrow(unusable);
  expect(() => pins({ gateways: [], ...rest })).toThrow(unusable);
  expect(() => pins({ gateways: [gateway], ...rest, logs: [] })).toThrow(unusable);
  const other = generateKeyPairSync("ed25519").publicKey;
  const log = (name: string) => noteVerifier(name, other).vkey;
  expect(() => pins({ gateways: [gateway], ...rest, logs: [vkey, log("log.test.example/other")] })).toThrow(unusable);
  expect(() => pins({ gateways: [gateway], ...rest, logs: [vkey, log("log.test.example/qv")] })).not.toThrow();
  expect(() => pins({ gateways: [gateway], ...rest, more: 1 })).toThrow(unusable);
  expect(() => pins({ gateways: [gateway], logs: [vkey] })).toThrow(unusable);
});

test("a ministry gets its own seal keys and its own signer, and none where there is none", () => {
  const { bytes } = deriveSealKey("p1", Buffer.alloc(32), provider);
  const seals = new Secret(JSON.stringify({ [provider]: { p1: Buffer.from(bytes).toString("base64url") } }));
  expect(readSealKeys(seals, provider)).toEqual([{ kid: "p1", party: provider, bytes: Buffer.from(bytes) }]);
  expect(() => readSealKeys(seals, "org:cash" as OrgId)).toThrow(unusable);
  expect(() => readSealKeys(new Secret(JSON.stringify({ [provider]: { p1: "AAAA" } })), provider)).toThrow(unusable);
  const signing = new Secret(JSON.stringify({ [provider]: { ...privateKey.export({ format: "jwk" }), kid: "a-1" } }));
  expect(readSigner(signing, provider)).toMatchObject({ kid: "a-1", key: { type: "private" } });
  expect(() => readSigner(signing, "org:cash" as OrgId)).toThrow(unusable);
});
