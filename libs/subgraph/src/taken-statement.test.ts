import { generateKeyPairSync } from "node:crypto";
import {
  digestOfSet,
  type InclusionProof,
  type IssuedRecord,
  readDisclosures,
  RECORD_TYP,
  RecordPayload,
} from "#libs/access-log";
import { type OrgId, parseJws, type PartyId, sha256, toB64u, WeftError } from "#libs/terms";
import { expect, test } from "vitest";
import { AdapterStore } from "./store.js";
import { stateTaken } from "./taken-statement.js";

const day = (text: string) => Date.parse(text) / 1000;

/** An adapter that states to a log which keeps what it was told, and may be down. */
function adapterAt(store = new AdapterStore(":memory:")) {
  const told: unknown[] = [];
  const log = {
    origin: "log.example",
    isDown: false,
    async append({ jwt, disclosures }: IssuedRecord): Promise<InclusionProof> {
      if (this.isDown) throw new WeftError("RECORD_UNAVAILABLE");
      const payload = RecordPayload.parse(parseJws(jwt, RECORD_TYP).payload);
      told.push({
        iss: payload.iss,
        kind: payload.kind,
        ...(readDisclosures(disclosures, payload).named.get("taken") as object),
      });
      return { index: 0, text: "" } as InclusionProof;
    },
  };
  const signer = { kid: "civil-adapter-1", key: generateKeyPairSync("ed25519").privateKey };
  const statement = { provider: "org:civil" as OrgId, adapter: { id: "adapter:civil" as PartyId, signer }, store, log };
  return { store, told, log, state: (at: string) => stateTaken(statement, new Date(at)) };
}

test("a record counts once, whatever it asks for, on the day on which it was issued", async () => {
  const { store } = adapterAt();
  const [first, second] = [sha256("first"), sha256("second")];
  await store.claim("a", 0, 9e9, { entry: first, iat: day("2026-11-21T23:59:58Z") });
  await store.claim("a", 1, 9e9, { entry: first, iat: day("2026-11-21T23:59:58Z") });
  await store.claim("a", 1, 9e9, { entry: first, iat: day("2026-11-21T23:59:58Z") });
  await store.claim("b", 0, 9e9, { entry: second, iat: day("2026-11-21T08:00:00Z") });
  await store.claim("c", 0, 9e9, { entry: sha256("third"), iat: day("2026-11-22T00:00:00Z") });
  const { count, sum } = store.taken("2026-11-21");
  expect([count, sum.equals(digestOfSet([second, first]))]).toEqual([2, true]);
  expect(store.taken("2026-11-22").count).toBe(1);
  expect(store.taken("2026-11-23")).toEqual({ count: 0, sum: digestOfSet([]) });
});

test("each day is told once it can no longer change, also an empty one, and what an outage missed is made up for", async () => {
  const { store, told, log, state } = adapterAt();
  expect(await state("2026-11-21T10:00:00Z")).toEqual([]);
  await store.claim("a", 0, 9e9, { entry: sha256("first"), iat: day("2026-11-21T12:00:00Z") });
  expect(await state("2026-11-22T00:09:00Z")).toEqual([]);
  log.isDown = true;
  await expect(state("2026-11-22T00:11:00Z")).rejects.toThrow();
  log.isDown = false;
  expect(await state("2026-11-24T09:00:00Z")).toEqual(["2026-11-21", "2026-11-22", "2026-11-23"]);
  expect(await state("2026-11-24T09:01:00Z")).toEqual([]);
  const from = { iss: "adapter:civil", kind: "heartbeat", aud: "org:civil" };
  const nothing = { count: 0, sum: toB64u(digestOfSet([])) };
  expect(told).toEqual([
    { ...from, day: "2026-11-21", count: 1, sum: toB64u(digestOfSet([sha256("first")])) },
    { ...from, day: "2026-11-22", ...nothing },
    { ...from, day: "2026-11-23", ...nothing },
  ]);
});
