import type { Coordinate, OrgId, PurposeCode } from "#libs/terms";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyChain } from "./chain.js";
import * as country from "./country.fixture.js";
import { evaluateConsent } from "./evaluate.js";
import { memoryStorage } from "./memory-storage.fixture.js";
import { assertOneRecord, parseRecord, printRecord } from "./record.js";
import { verifyReceipt } from "./receipt.js";
import { ReceiptIndex } from "./receipt-index.js";

const { civil, clinic, disability, draft, fields, inPerson, openRegister, person, referral, research, seals } = country;
const start = new Date("2026-11-28T12:00:00Z");
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);

/** What the person thinks is so, in the simplest words: what of it is left, and until when. */
interface Model {
  purposes: PurposeCode[];
  coordinates: Coordinate[];
  until: number;
  ended: boolean;
}

type Step =
  | { readonly do: "narrow"; readonly purposes: PurposeCode[]; readonly coordinates: Coordinate[] }
  | { readonly do: "renew"; readonly seconds: number }
  | { readonly do: "withdraw" | "end relation" | "sweep" }
  | { readonly do: "wait"; readonly seconds: number };

const allPurposes = [referral, research];
const allFields = Object.values(fields);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("narrow" as const),
      purposes: fc.subarray(allPurposes),
      coordinates: fc.subarray(allFields),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("renew" as const), seconds: fc.integer({ min: -600, max: 9_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("withdraw" as const, "end relation" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("sweep" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 3_000 }) }),
  },
);

test("after any sequence a field is given exactly where the person's own reckoning says so; nothing widens, nothing comes back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, byGuardian) => {
      const storage = memoryStorage();
      const register = openRegister(storage);
      const majority = after(7_200);
      const guardian = byGuardian ? { guardian: { person: person(9), majority } } : {};
      const [{ record_id: id } = { record_id: "" }] = await register.give([draft(start, guardian)]);
      const model: Model = { purposes: allPurposes, coordinates: allFields, until: 3_600, ended: false };
      let clock = 0;
      for (const one of steps) {
        const running = !model.ended && clock < model.until;
        const act = inPerson(after(clock), byGuardian ? "guardian" : "data-subject");
        if (one.do === "wait") clock += one.seconds;
        if (one.do === "sweep") await register.expireOverdue(after(clock));
        if (one.do === "end relation") {
          const refs = { guardian: [seals.seal(civil, person(9))], ward: [seals.seal(civil, person(1))] };
          await register.endRelation(civil, refs, after(clock));
          if (byGuardian && running) model.ended = true;
        }
        if (one.do === "withdraw") {
          const worked = await succeeds(register.withdraw(id, act));
          expect(worked).toBe(running);
          model.ended ||= worked;
        }
        if (one.do === "renew") {
          const worked = await succeeds(
            register.renew(id, after(clock + one.seconds), act, byGuardian ? majority : undefined),
          );
          const until = byGuardian ? Math.min(clock + one.seconds, 7_200) : clock + one.seconds;
          expect(worked).toBe(running && until > model.until);
          if (worked) model.until = until;
        }
        if (one.do === "narrow" && (await succeeds(register.narrow(id, one, act)))) {
          expect(running).toBe(true);
          model.purposes = one.purposes;
          model.coordinates = one.coordinates;
        }
        expect(await given(storage, clock)).toEqual(expected(model, clock));
        assertOneRecord(await storage.history(id));
      }
      await verifyChain(storage.entries(), await storage.head());
    }),
    { numRuns: 60 },
  );
});

async function succeeds(change: Promise<unknown>): Promise<boolean> {
  return change.then(
    () => true,
    () => false,
  );
}

function expected(model: Model, clock: number): string[] {
  if (model.ended || clock >= model.until) return [];
  return allPurposes
    .filter((purpose) => model.purposes.includes(purpose))
    .flatMap((purpose) =>
      allFields.filter((field) => model.coordinates.includes(field)).map((field) => `${purpose} ${field}`),
    );
}

/** What adapters of both providers would release, from nothing but signed receipts and ended places. */
async function given(storage: ReturnType<typeof memoryStorage>, clock: number): Promise<string[]> {
  const found: string[] = [];
  for (const purpose of allPurposes) {
    for (const field of allFields) {
      const provider = field === fields.name ? civil : disability;
      const index = new ReceiptIndex();
      const { receipts } = await storage.feed(provider, 0, 1_000);
      for (const jwt of receipts) index.add(verifyReceipt(jwt, country.registerKeys, provider));
      const question = {
        subjectRefs: [seals.seal(provider, person(1))],
        consumer: clinic,
        purpose,
        coordinates: [field],
        onConsent: new Set([field]),
      };
      const evidence = {
        receiptsOf: index.receiptsOf.bind(index),
        statusOf: ({ status }: { status: { status_list: { idx: number } } }) =>
          storage.endedPlaces.has(status.status_list.idx) ? ("invalid" as const) : ("valid" as const),
        usesOf: () => 0,
      };
      if (evaluateConsent(question, evidence, after(clock)).verdicts.get(field) === "given")
        found.push(`${purpose} ${field}`);
    }
  }
  return found;
}

test("a consent that a guardian gave ends when the ward comes of age, to the second", async () => {
  const storage = memoryStorage();
  const majority = after(100);
  await openRegister(storage).give([draft(start, { guardian: { person: person(9), majority } })]);
  expect([(await given(storage, 99)).length, (await given(storage, 100)).length]).toEqual([6, 0]);
});

test("a guardian who is one no more: what they gave for this ward ends, and nothing else", async () => {
  const storage = memoryStorage();
  const register = openRegister(storage);
  const guardian = { person: person(9), majority: after(50_000) };
  const [own, byGuardian, otherWard, otherGuardian] = await register.give([
    draft(start),
    draft(start, { guardian }),
    draft(start, { person: person(2), guardian }),
    draft(start, { guardian: { ...guardian, person: person(8) } }),
  ]);
  const ended = await register.endRelation(
    civil,
    { guardian: [seals.seal(civil, person(7)), seals.seal(civil, person(9))], ward: [seals.seal(civil, person(1))] },
    after(10),
  );
  expect(ended).toBe(1);
  const types = await Promise.all(
    [own, byGuardian, otherWard, otherGuardian].map(
      async (one) => (await storage.find(one!.record_id))?.event.event_type,
    ),
  );
  expect(types).toEqual(["given", "voided", "given", "given"]);
});

test("a record names nobody: no number, and a reference that no provider has", async () => {
  const storage = memoryStorage();
  await openRegister(storage).give([draft(start, { guardian: { person: person(9), majority: after(500) } })]);
  const text = JSON.stringify(storage.chain.map(({ record }) => record));
  const foreign = [civil, disability, clinic].flatMap((org) => [
    seals.seal(org, person(1)),
    seals.seal(org, person(9)),
  ]);
  for (const one of ["0000000001", "0000000009", "nid", ...foreign]) expect(text).not.toContain(one);
});

test("any altered character of what is kept is found, and so is a row that is gone", async () => {
  const storage = memoryStorage();
  const register = openRegister(storage);
  const [first] = await register.give([draft(start), draft(start, { person: person(2) })]);
  await register.narrow(first!.record_id, { purposes: [referral] }, inPerson(after(1)));
  await register.withdraw(first!.record_id, inPerson(after(2)));
  const head = await storage.head();
  const kept = storage.chain.map(({ record, receipts }) => ({ body: printRecord(record), receipts }));
  const walk = (rows: typeof kept) =>
    verifyChain(
      (async function* () {
        for (const { body, receipts } of rows) yield { record: parseRecord(body), receipts };
      })(),
      head,
    );
  await walk(kept);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(kept.length - 1),
      fc.nat(),
      fc.constantFrom("0", "A", '"', " "),
      async (row, nat, letter) => {
        const altered = (text: string) => {
          const at = nat % text.length;
          return text.slice(0, at) + letter + text.slice(at + 1);
        };
        const body = altered(kept[row]!.body);
        if (body !== kept[row]!.body) await expect(walk(kept.with(row, { ...kept[row]!, body }))).rejects.toThrow();
        const [receipt] = kept[row]!.receipts;
        if (receipt === undefined || altered(receipt) === receipt) return;
        const receipts = [altered(receipt), ...kept[row]!.receipts.slice(1)];
        await expect(walk(kept.with(row, { ...kept[row]!, receipts }))).rejects.toThrow();
      },
    ),
    { numRuns: 200 },
  );
  for (const row of kept.keys()) await expect(walk(kept.toSpliced(row, 1))).rejects.toThrow();
  await expect(walk(kept.with(1, { ...kept[1]!, receipts: kept[1]!.receipts.slice(1) }))).rejects.toThrow();
});

test("a register that was once longer than it is does not pass for whole", async () => {
  const storage = memoryStorage();
  const register = openRegister(storage);
  await register.give([draft(start)]);
  const early = await storage.head();
  const entries = storage.entries();
  await register.give([draft(start)]);
  const late = await storage.head();
  await verifyChain(storage.entries(), late, early);
  storage.chain.pop();
  await expect(verifyChain(entries, early, late)).rejects.toThrow(
    expect.objectContaining({ code: "REGISTER_DAMAGED" }),
  );
});

test("what cannot be meant is refused", async () => {
  const register = openRegister(memoryStorage());
  const refused = (change: Parameters<typeof draft>[1]) =>
    expect(register.give([draft(start, change)])).rejects.toThrow();
  await refused({ until: start });
  await refused({ until: new Date("2040-01-01T00:00:00Z") });
  await refused({ purposes: [] });
  await refused({ information: [] });
  await refused({ information: [{ controller: civil, coordinates: [] }] });
  await refused({ recipient: "any" });
});

test("an objection may speak of everybody and everything, and is not narrowed", async () => {
  const storage = memoryStorage();
  const register = openRegister(storage);
  const all = { purposes: [], information: [{ controller: civil, coordinates: [] }], recipient: "any" as const };
  const [objection] = await register.give([draft(start, { kind: "objection", ...all })]);
  const narrowed = register.narrow(objection!.record_id, { until: after(10) }, inPerson(after(1)));
  await expect(narrowed).rejects.toThrow(expect.objectContaining({ code: "CONSENT_NOT_NARROWER" }));
  const [jwt] = (await storage.feed(civil, 0, 10)).receipts;
  expect(verifyReceipt(jwt!, country.registerKeys, civil)).toMatchObject({
    kind: "objection",
    recipient: "any",
    coordinates: [],
  });
});

test("a provider that joins later hears of who objected to everybody, once, and of nobody who named the others", async () => {
  const storage = memoryStorage();
  const register = openRegister(storage);
  const pay = "org:pay" as OrgId;
  const restriction = {
    kind: "objection",
    purposes: [],
    information: [{ controller: civil, coordinates: [] }],
    recipient: "any",
  } as const;
  const [everybody, named, over] = await register.give([
    draft(start, { ...restriction, everywhere: true }),
    draft(start, restriction),
    draft(start, { ...restriction, everywhere: true, person: person(2) }),
    draft(start, { ...restriction, everywhere: true, person: person(3), until: after(60) }),
    draft(start),
  ]);
  await register.withdraw(over!.record_id, inPerson(after(1)));
  expect(await register.extendTo(pay, after(100), 1)).toBe(1);
  expect(await register.extendTo(pay, after(101))).toBe(0);
  expect(await register.extendTo(civil, after(101))).toBe(0);
  const { receipts } = await storage.feed(pay, 0, 10);
  expect(receipts.map((jwt) => verifyReceipt(jwt, country.registerKeys, pay))).toMatchObject([
    { record_id: everybody!.record_id, record_version: 2, sub: seals.seal(pay, person(1)), recipient: "any" },
  ]);
  expect((await storage.feed(civil, 0, 10)).total).toBe(5);
  expect(storage.endedPlaces.size).toBe(1);
  assertOneRecord(await storage.history(everybody!.record_id));
  expect(await storage.history(named!.record_id)).toHaveLength(1);
  await register.withdraw(everybody!.record_id, inPerson(after(200)));
  expect(storage.endedPlaces.size).toBe(3);
});
