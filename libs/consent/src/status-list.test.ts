import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { Signer } from "#libs/terms";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RegisterKeys } from "./receipt.js";
import { STATUS_LIST_SIZE, type Status, StatusList, signStatusList, verifyStatusList } from "./status-list.js";

const register: Signer = { kid: "registry-consent-1", key: generateKeyPairSync("ed25519").privateKey };
const keys: RegisterKeys = (kid) =>
  kid === register.kid ? { iss: "org:registry", key: createPublicKey(register.key) } : undefined;
const uri = "https://consent.orvanda.example/status/1";

test("the standard's example of two bits reads and writes the same", () => {
  const list = StatusList.decode("eNo76fITAAPfAgc");
  const statuses = Array.from({ length: 12 }, (_, index) => list.statusAt(index));
  const want = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3].map((bits) => ["valid", "invalid", "suspended", "suspended"][bits]);
  expect(statuses).toEqual(want);
  expect(list.encode()).toBe("eNo76fITAAPfAgc");
  expect(list.statusAt(12)).toBe("invalid");
});

test("a change touches one index and survives the wire", () => {
  const index = fc.integer({ min: 0, max: STATUS_LIST_SIZE - 1 });
  const status = fc.constantFrom<Status>("valid", "invalid", "suspended");
  fc.assert(
    fc.property(fc.array(fc.tuple(index, status), { maxLength: 12 }), (changes) => {
      const list = changes.reduce((before, [at, to]) => before.withStatus(at, to), new StatusList());
      const read = verifyStatusList(signStatusList({ list, uri, issuedAt: 5 }, "org:registry", register), keys);
      const want = new Map(changes);
      for (const at of [...want.keys(), 0, STATUS_LIST_SIZE - 1])
        expect(read.list.statusAt(at)).toBe(want.get(at) ?? "valid");
      expect([read.uri, read.issuedAt]).toEqual([uri, 5]);
    }),
    { numRuns: 25 },
  );
});

test("what ended in either of two lists has ended in both together, and nothing else is changed", () => {
  const index = fc.integer({ min: 0, max: 40 });
  const status = fc.constantFrom<Status>("valid", "invalid", "suspended");
  const list = fc
    .array(fc.tuple(index, status), { maxLength: 40 })
    .map((changes) => changes.reduce((before, [at, to]) => before.withStatus(at, to), new StatusList()));
  fc.assert(
    fc.property(list, list, (one, other) => {
      const both = one.endedAlsoIn(other);
      for (let at = 0; at <= 40; at++)
        expect(both.statusAt(at)).toBe(other.statusAt(at) === "invalid" ? "invalid" : one.statusAt(at));
      expect(both.size).toBe(STATUS_LIST_SIZE);
    }),
    { numRuns: 25 },
  );
});

test("a list that would inflate beyond its size is refused, and so is what is no list", () => {
  const bomb = deflateSync(Buffer.alloc(4 * STATUS_LIST_SIZE)).toString("base64url");
  expect(() => StatusList.decode(bomb)).toThrow();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => StatusList.decode(text)).toThrow();
    }),
  );
});

test("a list that is cut off is refused: beyond its end an objection would seem to have ended", () => {
  const list = StatusList.decode("eNo76fITAAPfAgc");
  expect(() => verifyStatusList(signStatusList({ list, uri, issuedAt: 1 }, "org:registry", register), keys)).toThrow();
});

test("another key, another issuer or another type is refused", () => {
  const list = new StatusList();
  const stranger: Signer = { kid: register.kid, key: generateKeyPairSync("ed25519").privateKey };
  expect(() => verifyStatusList(signStatusList({ list, uri, issuedAt: 1 }, "org:registry", stranger), keys)).toThrow();
  expect(() => verifyStatusList(signStatusList({ list, uri, issuedAt: 1 }, "org:civil", register), keys)).toThrow();
});
