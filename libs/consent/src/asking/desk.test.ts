import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf, type OrgId, type PartyId, Seals } from "#libs/terms";
import {
  civil,
  clinic,
  disability,
  fields,
  keeper,
  openRegister,
  person,
  referral,
  seals,
} from "../country.fixture.js";
import { memoryStorage } from "../memory-storage.fixture.js";
import { CodeHashes, findCode } from "./code.js";
import { type Asking, ConsentDesk, type OpenRequest, UNKNOWN_CODES } from "./desk.js";
import { parseEvent, printEvent, verifyEvents } from "./event.js";
import { memoryAsking } from "./memory-asking.fixture.js";
import { DAY, expiryOf, MISTAKES, narrowedTo, requestStateOf } from "./request.js";

const start = new Date("2026-03-01T08:00:00Z");
const after = (milliseconds: number) => new Date(start.getTime() + milliseconds);
const officer = "officer:d31" as PartyId;
const notice = { digest: `sha-256:${"A".repeat(43)}`, language: "ar" };
const until = "2026-12-01T00:00:00Z";

function openDesk(limits = { officerDay: 3, organisationDay: 5 }) {
  const storage = memoryAsking();
  const records = memoryStorage(storage);
  const codes = new CodeHashes({ seal: "p1", open: ["p1"], masters: new Map([["p1", new Uint8Array(32)]]) });
  const desk = new ConsentDesk({
    storage,
    register: openRegister(records),
    seals,
    keeper,
    codes: () => codes,
    limits,
  });
  const asking = (change: Partial<Asking> = {}): Asking => ({
    person: person(1),
    organisation: clinic,
    officer,
    purpose: referral,
    fields: [fields.level, fields.since],
    until,
    expires: after(14 * DAY),
    ...change,
  });
  return { storage, records, desk, ask: (change?: Partial<Asking>, at = start) => desk.ask(asking(change), at) };
}

const answer = {
  fields: [fields.level],
  terms: { purposes: [{ purpose: referral }], information: [{ controller: disability, coordinates: [fields.level] }] },
  notice,
};

async function opened(desk: ConsentDesk, code: string, at = start): Promise<OpenRequest> {
  const found = await desk.open(code, person(1), at);
  expect(found).toBeDefined();
  await desk.viewed(found!, notice, at);
  return (await desk.find(found!.asked.thread, at))!;
}

test("the person opens a request by its code, gives a part of it, and the record is theirs alone", async () => {
  const { desk, ask, records } = openDesk();
  const { record, code } = await desk.give(await opened(desk, await ask()), answer, after(1));
  expect(records.chain).toHaveLength(1);
  expect(record).toMatchObject({
    kind: "consent",
    pii_principal_id: seals.seal(keeper, person(1)),
    pii_processing: { recipient_third_parties: [clinic], privacy_notice: notice.digest, language: "ar" },
    event: { entity_id: "data-subject", collection_method: { how: "self" } },
  });
  expect(findCode(code)).toBeDefined();
});

test("a code is nowhere kept, nor a person's number", async () => {
  const { desk, ask, storage, records } = openDesk();
  const asked = await ask();
  const { code } = await desk.give(await opened(desk, asked), answer, after(1));
  const kept = JSON.stringify([storage.all, records.chain]);
  for (const secret of [asked, code]) {
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(findCode(secret)!);
  }
  expect(kept).not.toContain(person(1).slice(4));
});

test("once answered, over, or with another person's number there is nothing, whichever it was", async () => {
  const { desk, ask } = openDesk();
  const codes = await Promise.all([ask(), ask(), ask({ expires: after(DAY) })]);
  await desk.refuse(await opened(desk, codes[0]!), start);
  expect(await desk.open(codes[0]!, person(1), start)).toBeUndefined();
  expect(await desk.open(codes[1]!, person(2), start)).toBeUndefined();
  expect(await desk.open(codes[1]!, undefined, start)).toBeUndefined();
  expect(await desk.open(codes[2]!, person(1), after(DAY))).toBeUndefined();
  expect(await desk.open(codes[2]!, person(1), after(DAY - 1_000))).toBeDefined();
  expect(await desk.open("AAAA-AAAA-AAAA", person(1), start)).toBeUndefined();
});

test("an answer is given once, also where two are on their way", async () => {
  const { desk, ask, records } = openDesk();
  const request = await opened(desk, await ask());
  const answers = await Promise.allSettled([
    desk.give(request, answer, start),
    desk.give(request, answer, start),
    desk.refuse(request, start),
  ]);
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(records.chain).toHaveLength(1);
});

test(`a code is worth nothing after ${MISTAKES} numbers that do not fit, one after the other or all at once`, async () => {
  for (const atOnce of [false, true]) {
    const { desk, ask, storage } = openDesk();
    const code = await ask();
    for (let i = 0; i < MISTAKES; i++) {
      if (!atOnce) expect(await desk.open(code, person(100 + i), start)).toBeUndefined();
      // Of many at one moment one is a try; the others are turned away without an answer.
      else await Promise.allSettled([1, 2, 3, 4].map((one) => desk.open(code, person(100 + one), start)));
    }
    expect(await desk.open(code, person(1), start)).toBeUndefined();
    expect(requestStateOf(storage.all, start)).toBe("locked");
  }
});

test("who has silenced an organisation is never shown what it asks; others are not concerned", async () => {
  const { desk, ask, storage } = openDesk({ officerDay: 20, organisationDay: 20 });
  await desk.silence(await opened(desk, await ask()), start);
  expect(await desk.open(await ask(), person(1), start)).toBeUndefined();
  expect(storage.all.at(-1)).toMatchObject({ type: "asked", unheard: true });
  expect(await desk.open(await ask({ organisation: civil }), person(1), start)).toBeDefined();
  expect(await desk.open(await ask({ person: person(2) }), person(2), start)).toBeDefined();
});

test("by the code of the silence and by themselves alone, a person lets the organisation ask again, and silences it anew", async () => {
  const { desk, ask, storage } = openDesk({ officerDay: 20, organisationDay: 20 });
  const asked = await ask();
  const code = await desk.silence(await opened(desk, asked), start);
  const unheard = await ask();
  for (const [wrong, who] of [
    [code, person(2)],
    [code, undefined],
    [asked, person(1)],
    ["K7MP-2X4R-9TWA", person(1)],
  ] as const)
    expect(await desk.hearAgain(wrong, who, start)).toBe(false);
  expect(await desk.takeBack(code, undefined, start)).toBeUndefined();
  expect(await desk.hearAgain(code.toLowerCase(), person(1), after(1_000))).toBe(true);
  expect(storage.all.at(-1)).toMatchObject({ type: "heard-again", whom: clinic });
  expect(await desk.open(unheard, person(1), start)).toBeUndefined();
  const again = await ask();
  expect(await desk.hearAgain(code, person(1), after(2_000))).toBe(true);
  await desk.silence(await opened(desk, again), after(3_000));
  // Used once: the new silence has a code of its own.
  await desk.hearAgain(code, person(1), after(4_000));
  expect(await desk.open(await ask(), person(1), start)).toBeUndefined();
});

test(`the code of a silence is worth nothing after ${MISTAKES} tries, also once it was used`, async () => {
  for (const used of [false, true]) {
    const { desk, ask, storage } = openDesk({ officerDay: 20, organisationDay: 20 });
    const code = await desk.silence(await opened(desk, await ask()), start);
    if (used) expect(await desk.hearAgain(code, person(1), start)).toBe(true);
    for (let i = used ? 1 : 0; i < MISTAKES; i++)
      expect(await desk.hearAgain(code, person(100 + i), start)).toBe(false);
    expect(await desk.hearAgain(code, person(1), start)).toBe(false);
    expect(storage.all.filter(({ type }) => type === "heard-again")).toHaveLength(used ? 1 : 0);
  }
});

test("a silence ends at a counter by a signed paper, not at that of the silenced, so often a day", async () => {
  const { desk, ask, storage } = openDesk({ officerDay: 3, organisationDay: 20 });
  await desk.silence(await opened(desk, await ask()), start);
  const heard = { person: person(1), whom: clinic, evidence: digestOf("paper") };
  const bank = { organisation: "org:bank" as OrgId, officer };
  const own = { organisation: clinic, officer };
  await expect(desk.hearAgainAt(own, heard, start)).rejects.toMatchObject({ code: "AUTHORITY_REQUIRED" });
  await desk.hearAgainAt(bank, heard, start);
  expect(storage.all.at(-1)).toMatchObject({ type: "heard-again", whom: clinic, ...bank, evidence: heard.evidence });
  expect(await desk.open(await ask(), person(1), start)).toBeDefined();
  for (let i = 0; i < 2; i++) await desk.hearAgainAt(bank, { ...heard, person: person(5) }, start);
  await expect(desk.hearAgainAt(bank, heard, start)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
});

const guardian = { person: person(9), evidence: digestOf("certificate") };

test("what a guardian is asked, the guardian answers and nobody else; the record says so and ends with the ward's majority", async () => {
  const { desk, ask, records } = openDesk();
  const code = await ask({ guardian });
  for (const who of [person(1), person(2)]) expect(await desk.open(code, who, start)).toBeUndefined();
  const request = await desk.open(code, guardian.person, start);
  const { record } = await desk.give(request!, answer, after(1));
  expect(record).toMatchObject({
    pii_principal_id: seals.seal(keeper, person(1)),
    guardian_id: seals.seal(keeper, guardian.person),
    pii_processing: { validity: { until } },
    event: { entity_id: "guardian", collection_method: { how: "self" } },
  });
  expect(JSON.stringify(records.chain)).not.toContain(guardian.person.slice(4));
});

const ended = {
  guardian: [seals.seal(civil, person(8)), seals.seal(civil, guardian.person)],
  ward: [seals.seal(civil, person(1))],
};

test("a guardian who is one no more answers nothing, neither a page that is open nor one that comes, nor lifts a silence", async () => {
  const { desk, ask, storage, records } = openDesk({ officerDay: 20, organisationDay: 20 });
  const [code, other, own, silent] = [
    await ask({ guardian }),
    await ask({ guardian, person: person(2) }),
    await ask({ organisation: civil }),
    await ask({ guardian, organisation: civil }),
  ];
  const request = await desk.open(code, guardian.person, start);
  const silence = await desk.silence((await desk.open(silent, guardian.person, start))!, start);
  await desk.endRelation(civil, ended, after(1_000));
  await desk.endRelation(civil, ended, after(2_000));
  await expect(desk.give(request!, answer, after(3_000))).rejects.toMatchObject({ code: "CONSENT_CHANGED" });
  expect(await desk.find(request!.asked.thread, after(3_000))).toBeUndefined();
  expect(await desk.open(code, guardian.person, after(3_000))).toBeUndefined();
  expect(await desk.hearAgain(silence, guardian.person, after(3_000))).toBe(false);
  expect(await desk.open(other, guardian.person, after(3_000))).toBeDefined();
  expect(await desk.open(own, person(1), after(3_000))).toBeDefined();
  expect(storage.all.filter(({ type }) => type === "relation-ended")).toHaveLength(2);
  expect(records.chain).toHaveLength(0);
});

test("a relation also ends where its guardian goes on with the request at that moment", async () => {
  const { desk, ask, storage } = openDesk();
  const code = await ask({ guardian });
  const events = storage.events.bind(storage);
  const meanwhile = async (thread: string) => {
    const found = await events(thread);
    Object.assign(storage, { events });
    await desk.open(code, guardian.person, start);
    return found;
  };
  Object.assign(storage, { events: meanwhile });
  await desk.endRelation(civil, ended, start);
  expect(storage.all.map(({ type }) => type)).toEqual(["asked", "tried", "relation-ended"]);
  expect(await desk.open(code, guardian.person, start)).toBeUndefined();
});

test("under a newer seal the register still finds whom a silence, a guardian and a consent are about", async () => {
  const masters = new Map([
    ["p1", new Uint8Array(32)],
    ["p2", new Uint8Array(32).fill(7)],
  ]);
  const newer = { seal: "p2", open: ["p1", "p2"], masters };
  const { desk, ask, storage, records } = openDesk({ officerDay: 20, organisationDay: 20 });
  const guarded = await ask({ guardian, organisation: civil });
  await desk.give(await opened(desk, await ask()), answer, start);
  await desk.silence(await opened(desk, await ask()), start);
  const register = openRegister(records, new Seals(newer));
  const parts = { storage, register, seals: new Seals(newer), keeper, codes: () => new CodeHashes(newer) };
  const later = new ConsentDesk({ ...parts, limits: { officerDay: 20, organisationDay: 20 } });
  const asking = { person: person(1), organisation: clinic, officer, purpose: referral, fields: [fields.level] };
  const code = await later.ask({ ...asking, until, expires: after(DAY) }, start);
  expect(await later.open(code, person(1), start)).toBeUndefined();
  await later.endRelation(civil, ended, start);
  expect(await later.open(guarded, guardian.person, start)).toBeUndefined();
  expect(await register.openOf(person(1))).toHaveLength(1);
  expect(await register.endRelation(civil, ended, start)).toBe(0);
});

test("an officer and an organisation ask so often in a day and no more, whoever the persons are", async () => {
  const { desk, ask } = openDesk();
  const limit = { code: "LIMIT_EXCEEDED" };
  for (let i = 1; i <= 3; i++) await ask({ person: person(i) });
  await expect(ask({ person: person(4) })).rejects.toMatchObject(limit);
  const another = "officer:d32" as PartyId;
  for (let i = 1; i <= 2; i++) await ask({ officer: another });
  await expect(ask({ officer: another })).rejects.toMatchObject(limit);
  await ask({ organisation: civil });
  expect(await desk.open(await ask({}, after(DAY)), person(1), after(DAY))).toBeDefined();
});

test("the printed code takes the consent back, once and for all, and tells nothing", async () => {
  const { desk, ask, records, storage } = openDesk();
  const { code } = await desk.give(await opened(desk, await ask()), answer, start);
  const at = { organisation: "org:bank" as OrgId, officer };
  expect(await desk.takeBack(code.toLowerCase(), at, after(1_000))).toBe("ended");
  expect(records.chain.at(-1)?.record.event).toMatchObject({ event_type: "withdrawn", entity_id: "data-subject" });
  expect(storage.all.at(-1)).toMatchObject({ type: "taken-back", ...at });
  expect(await desk.takeBack(code, at, after(2_000))).toBe("had-ended");
  expect(records.chain).toHaveLength(2);
});

test("the code of a request takes nothing back, and an officer who tries codes is stopped", async () => {
  const { desk, ask } = openDesk();
  const code = await ask();
  expect(await desk.takeBack(code, undefined, start)).toBeUndefined();
  const at = { organisation: clinic, officer };
  for (let i = 0; i < UNKNOWN_CODES; i++) expect(await desk.takeBack("AAAA-AAAA-AAAA", at, start)).toBeUndefined();
  await expect(desk.takeBack("AAAA-AAAA-AAAA", at, start)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  expect(await desk.takeBack("AAAA-AAAA-AAAA", at, after(DAY))).toBeUndefined();
});

test("an event that was altered, taken out or cut off is found", async () => {
  const { desk, ask, storage } = openDesk();
  await desk.refuse(await opened(desk, await ask()), start);
  const [all, head] = [[...storage.all], await storage.head()];
  async function* walk(events: typeof all) {
    yield* events;
  }
  await verifyEvents(walk(all), head, head);
  // Another process went on while this one reads: what follows its head is for the next look.
  const earlier = memoryAsking();
  await earlier.write(all.slice(0, 2));
  await verifyEvents(walk(all), await earlier.head(), await earlier.head());
  const damaged = { code: "REGISTER_DAMAGED" };
  await expect(verifyEvents(walk(all.slice(1)), head)).rejects.toMatchObject(damaged);
  await expect(verifyEvents(walk(all.slice(0, -1)), head)).rejects.toMatchObject(damaged);
  const altered = all.map((event) => (event.type === "viewed" ? { ...event, language: "en" } : event));
  await expect(verifyEvents(walk(altered), head)).rejects.toMatchObject(damaged);
  const shorter = memoryAsking();
  await shorter.write(all.slice(0, 2));
  await expect(verifyEvents(walk(all.slice(0, 2)), await shorter.head(), head)).rejects.toMatchObject(damaged);
  for (const event of all) expect(parseEvent(printEvent(event))).toEqual(event);
  expect(() => parseEvent(`${printEvent(all[0]!)} `)).toThrow();
});

test("what is given is never more than was asked", () => {
  const asked = [fields.level, fields.since];
  const ticked = fc.array(fc.oneof(fc.constantFrom(...asked, fields.name), fc.string()), { maxLength: 5 });
  fc.assert(
    fc.property(ticked, (wanted) => {
      const fit = wanted.length > 0 && wanted.every((one) => asked.some((field) => field === one));
      expect(narrowedTo(asked, wanted)).toEqual(fit ? asked.filter((one) => wanted.includes(one)) : undefined);
    }),
  );
});

test("a request waits 14 days unless it says, and never beyond the consent that it asks for", () => {
  expect(expiryOf(undefined, until, start)).toEqual(after(14 * DAY));
  expect(expiryOf("2026-03-02T00:00:00Z", until, start)).toEqual(new Date("2026-03-02T00:00:00Z"));
  expect(expiryOf(undefined, "2026-03-03T00:00:00Z", start)).toEqual(new Date("2026-03-03T00:00:00Z"));
  for (const wrong of ["2026-02-28T00:00:00Z", "2026-06-01T00:00:00Z"])
    expect(() => expiryOf(wrong, until, start)).toThrow(expect.objectContaining({ code: "REQUEST_MALFORMED" }));
});
