import { generateKeyPairSync } from "node:crypto";
import { noteVerifier } from "#libs/access-log";
import { expect, test } from "vitest";
import { pinnedLog } from "./pinned-log.js";

const origin = "log.test.example/qv";
const entry = (name = origin) => {
  const { vkey } = noteVerifier(name, generateKeyPairSync("ed25519").publicKey);
  return { origin: name, vkey, url: "" };
};
const [old, next, other] = [entry(), entry(), entry("log.test.example/other")];

test("a log changes its key under a running gateway: both are believed meanwhile, then the new one alone", () => {
  const registryOf = (...logs: readonly object[]) => ({ registry: { logs } }) as never;
  let current = registryOf(old, other);
  const pinned = pinnedLog(() => current);
  const believed = () => pinned.verifiers.map(({ vkey }) => vkey);
  expect(believed()).toEqual([old.vkey]);
  current = registryOf(old, next, other);
  expect(believed()).toEqual([old.vkey, next.vkey]);
  current = registryOf(next, other);
  expect(believed()).toEqual([next.vkey]);
  current = registryOf(other);
  expect(believed()).toEqual([]);
});

test("a registry without a log is no registry to start with", () => {
  expect(() => pinnedLog(() => ({ registry: { logs: [] } }) as never)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID" }),
  );
});
