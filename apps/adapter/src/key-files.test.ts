import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteVerifier } from "#libs/access-log";
import { Secret } from "#libs/server";
import { deriveSealKey, type OrgId } from "#libs/terms";
import { afterAll, expect, test } from "vitest";
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
  const { gateways, firstLog, logs, ownKeys } = pins({
    gateways: [{ id: "gateway:main", kid: "g-1", jwk }],
    logs: [vkey],
    ministries: { [provider]: [jwk] },
  });
  expect([ownKeys(provider), ownKeys("org:cash" as OrgId)]).toEqual([[jwk], []]);
  expect([gateways("g-1")?.iss, gateways("g-2"), firstLog, logs.verifiers.length]).toEqual([
    "gateway:main",
    undefined,
    vkey,
    1,
  ]);
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
