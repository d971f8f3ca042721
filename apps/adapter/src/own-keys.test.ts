import { expect, test } from "vitest";
import type { Contracts } from "#libs/contracts";
import { parseOrgId } from "#libs/terms";
import { assertOwnKeys } from "./own-keys.js";

const jwk = (x: string) => ({ kty: "OKP", crv: "Ed25519", x });
const [pinned, foreign] = [jwk("a"), jwk("b")];
const registryWith = (...jwks: object[]) => {
  const keys = jwks.map((each, at) => ({ kid: `key-${at}`, use: "agreement", jwk: each }));
  const adapter = { kid: "adapter-1", use: "adapter", jwk: foreign };
  return { registry: { organisations: { "org:civil": { keys: [...keys, adapter] } } } } as unknown as Contracts;
};
const civil = parseOrgId("org:civil");

test("a ministry's agreement keys are those that it pinned", () => {
  expect(() => assertOwnKeys(civil, registryWith(pinned), [pinned])).not.toThrow();
  expect(() => assertOwnKeys(civil, registryWith(), [pinned])).not.toThrow();
  for (const [registry, pins] of [
    [registryWith(pinned, foreign), [pinned]],
    [registryWith(pinned), []],
  ] as const)
    expect(() => assertOwnKeys(civil, registry, pins)).toThrow(expect.objectContaining({ code: "CONTRACT_INVALID" }));
});
