import type { Coordinate, OrgId, PurposeCode, SubjectRef } from "#libs/terms";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ConsentEvidence, type ConsentQuestion, evaluateConsent } from "./evaluate.js";
import type { ConsentReceipt } from "./receipt.js";
import { ReceiptIndex } from "./receipt-index.js";
import type { Status } from "./status-list.js";

const now = new Date(1_500_000);
const level = "DisabilityEnrolment.assessedLevel" as Coordinate;
const since = "DisabilityEnrolment.since" as Coordinate;
const statutory = "DisabilityEnrolment.meetsStatutoryLevel" as Coordinate;
const person = "p1.person" as SubjectRef;
const secondNumber = "p1.second-number" as SubjectRef;

const consent = {
  iss: "org:registry",
  iat: 1_000,
  nbf: 1_000,
  exp: 2_000,
  jti: "consent-1",
  record_id: "c",
  record_version: 1,
  aud: "org:disability",
  sub: person,
  kind: "consent",
  recipient: "org:clinic",
  purposes: ["referral"],
  coordinates: [level],
  status: { status_list: { idx: 1, uri: "https://consent.example/1" } },
} as unknown as ConsentReceipt;
const anyone = {
  kind: "objection",
  recipient: "any",
  purposes: [],
  coordinates: [],
  jti: "o",
  record_id: "o",
} as const;

const receipt = (changes: object) => ({ ...consent, ...changes }) as ConsentReceipt;
const question: ConsentQuestion = {
  subjectRefs: [person, secondNumber],
  consumer: "org:clinic" as OrgId,
  purpose: "referral" as PurposeCode,
  coordinates: [level, statutory],
  onConsent: new Set([level]),
};

function evidence(
  receipts: ConsentReceipt[],
  statuses: Record<string, Status | "unknown"> = {},
  uses = 0,
): ConsentEvidence {
  const index = new ReceiptIndex();
  receipts.forEach((one) => index.add(one));
  return {
    receiptsOf: (ref) => index.receiptsOf(ref),
    statusOf: (one) => statuses[one.jti] ?? "valid",
    usesOf: () => uses,
  };
}

const asked = (
  receipts: ConsentReceipt[],
  statuses?: Record<string, Status | "unknown">,
  uses?: number,
  changes?: object,
) => {
  const { verdicts } = evaluateConsent({ ...question, ...changes }, evidence(receipts, statuses, uses), now);
  return `${verdicts.get(level)} ${verdicts.get(statutory)}`;
};

const table: [name: string, got: () => string, want: string][] = [
  ["no receipt at all", () => asked([]), "withheld given"],
  ["a consent", () => asked([consent]), "given given"],
  ["a consent under the row's second number", () => asked([receipt({ sub: secondNumber })]), "given given"],
  ["another person's consent", () => asked([receipt({ sub: "p1.other" })]), "withheld given"],
  ["another recipient's consent", () => asked([receipt({ recipient: "org:bank" })]), "withheld given"],
  ["a consent for another purpose", () => asked([receipt({ purposes: ["research"] })]), "withheld given"],
  ["a consent for another field", () => asked([receipt({ coordinates: [since] })]), "withheld given"],
  ["a consent not begun", () => asked([receipt({ nbf: 1_501 })]), "withheld given"],
  ["a consent that has ended", () => asked([receipt({ exp: 1_500 })]), "withheld given"],
  ["a consent withdrawn", () => asked([consent], { "consent-1": "invalid" }), "withheld given"],
  ["a consent suspended", () => asked([consent], { "consent-1": "suspended" }), "withheld given"],
  ["a status list too old to say", () => asked([consent], { "consent-1": "unknown" }), "withheld given"],
  [
    "a newer version of the record that ended",
    () => asked([consent, receipt({ record_version: 2, exp: 1_400 })]),
    "withheld given",
  ],
  [
    "an older version beside a newer one",
    () => asked([receipt({ record_version: 2 }), receipt({ exp: 1_400 })]),
    "given given",
  ],
  ["its uses not used up", () => asked([receipt({ frequency: { uses: 2, days: 30 } })], {}, 1), "given given"],
  ["its uses used up", () => asked([receipt({ frequency: { uses: 2, days: 30 } })], {}, 2), "withheld given"],
  [
    "a range of days, data's days unknown",
    () => asked([receipt({ date_range: { from: "2026-01-01" } })]),
    "withheld given",
  ],
  [
    "a range of days that covers the data",
    () =>
      asked([receipt({ date_range: { from: "2026-01-01" } })], {}, 0, {
        dataRange: { from: "2026-02-01", until: "2026-03-01" },
      }),
    "given given",
  ],
  [
    "a range of days that ends too early",
    () =>
      asked([receipt({ date_range: { until: "2026-02-15" } })], {}, 0, {
        dataRange: { from: "2026-02-01", until: "2026-03-01" },
      }),
    "withheld given",
  ],
  ["an objection to all", () => asked([consent, receipt(anyone)]), "withheld withheld"],
  [
    "an objection under the second number",
    () => asked([consent, receipt({ ...anyone, sub: secondNumber })]),
    "withheld withheld",
  ],
  [
    "an objection to one field",
    () => asked([consent, receipt({ ...anyone, coordinates: [statutory] })]),
    "given withheld",
  ],
  [
    "an objection to another recipient",
    () => asked([consent, receipt({ ...anyone, recipient: "org:bank" })]),
    "given given",
  ],
  [
    "an objection to another purpose",
    () => asked([consent, receipt({ ...anyone, purposes: ["research"] })]),
    "given given",
  ],
  ["an objection taken back", () => asked([consent, receipt(anyone)], { o: "invalid" }), "given given"],
  [
    "an objection whose status nobody can say",
    () => asked([consent, receipt(anyone)], { o: "unknown" }),
    "withheld withheld",
  ],
  ["a protected person", () => asked([consent, receipt({ ...anyone, kind: "protection" })]), "withheld withheld"],
];

test.each(table)("%s", (_name, got, want) => {
  expect(got()).toBe(want);
});

test("a release names the receipt it used, once, and only where it was needed", () => {
  const both = { ...question, coordinates: [level, since, statutory], onConsent: new Set([level, since]) };
  const wide = receipt({ coordinates: [level, since] });
  expect(evaluateConsent(both, evidence([wide]), now).receipts).toEqual(["consent-1"]);
  expect(evaluateConsent({ ...both, onConsent: new Set() }, evidence([wide]), now).receipts).toEqual([]);
});

test("of two consents that both name a field, the one that is used anyway is used", () => {
  const asked = { ...question, coordinates: [since, level], onConsent: new Set([level, since]) };
  const [limited, other] = [receipt({ jti: "limited", record_id: "l" }), receipt({ jti: "other", record_id: "o" })];
  const both = evidence([limited, { ...other, coordinates: [since, level] } as ConsentReceipt]);
  expect(evaluateConsent(asked, both, now).receipts).toEqual(["other"]);
});

/** One receipt, what the status list says of it, and how often it was used. */
const drawn = fc.record({
  kind: fc.constantFrom("consent", "consent", "objection", "protection"),
  recipient: fc.constantFrom("org:clinic", "org:bank", "any"),
  purposes: fc.subarray(["referral", "research"]),
  coordinates: fc.subarray([level, statutory, since]),
  sub: fc.constantFrom(person, secondNumber, "p1.other"),
  nbf: fc.constantFrom(1_000, 1_500, 1_501),
  exp: fc.constantFrom(1_500, 1_501, 2_000),
  frequency: fc.constantFrom(undefined, { uses: 12 }, { uses: 12, days: 30 }),
  date_range: fc.constantFrom(undefined, undefined, { from: "2026-01-01" }),
  jti: fc.uuid(),
  record_id: fc.uuid(),
  status: fc.constantFrom<Status | "unknown">("valid", "valid", "invalid", "suspended", "unknown"),
  used: fc.constantFrom(0, 11, 12),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** What the consents in force say in plain words: who, to whom, what for, which field, when, how often. */
function lawyer(field: Coordinate, many: readonly Drawn[], asked: ConsentQuestion): "given" | "withheld" {
  const here = many.filter(({ sub, nbf, exp }) => sub !== "p1.other" && nbf <= 1_500 && exp > 1_500);
  const forbids = here.some(
    ({ kind, recipient, purposes, coordinates, status }) =>
      kind !== "consent" &&
      status !== "invalid" &&
      [asked.consumer, "any"].includes(recipient as OrgId) &&
      (purposes.length === 0 || purposes.includes(asked.purpose)) &&
      (coordinates.length === 0 || coordinates.includes(field)),
  );
  if (forbids) return "withheld";
  if (!asked.onConsent.has(field)) return "given";
  const allows = here.some(
    ({ kind, recipient, purposes, coordinates, status, frequency, used, date_range }) =>
      kind === "consent" &&
      status === "valid" &&
      recipient === String(asked.consumer) &&
      purposes.includes(asked.purpose) &&
      coordinates.includes(field) &&
      (frequency === undefined || used < 12) &&
      date_range === undefined,
  );
  return allows ? "given" : "withheld";
}

test("a consent opens what it names to whom it names, for the purpose it names, and nothing else; a restriction closes it again", () => {
  const questions = fc.record({
    consumer: fc.constantFrom("org:clinic", "org:bank"),
    purpose: fc.constantFrom("referral", "research"),
    coordinates: fc.constant([level, statutory, since]),
    onConsent: fc.subarray([level, statutory, since]).map((some) => new Set(some)),
  });
  fc.assert(
    fc.property(fc.array(drawn, { maxLength: 8 }), questions, (many, some) => {
      const asked = { ...question, ...some } as unknown as ConsentQuestion;
      const receipts = many.map(({ used: _used, status: _status, ...one }) => receipt(one));
      const found = new Map(many.map((one) => [one.jti, one]));
      const facts: ConsentEvidence = {
        ...evidence(receipts),
        statusOf: ({ jti }) => found.get(jti)?.status ?? "valid",
        usesOf: (jti) => found.get(jti)?.used ?? 0,
      };
      const { verdicts, restricted, receipts: used } = evaluateConsent(asked, facts, now);
      const expected = asked.coordinates.map((field) => [field, lawyer(field, many, asked)] as const);
      expect([...verdicts]).toEqual(expected);
      for (const jti of used) expect(found.get(jti)).toMatchObject({ kind: "consent", recipient: asked.consumer });
      if (!many.some(({ kind }) => kind !== "consent")) expect(restricted).toBe(false);
      const index = new ReceiptIndex();
      for (const one of [...receipts, receipt(anyone)]) index.add(one);
      const blanket = evaluateConsent(asked, { ...facts, receiptsOf: (ref) => index.receiptsOf(ref) }, now);
      expect(new Set(blanket.verdicts.values())).toEqual(new Set(["withheld"]));
    }),
    { numRuns: 2_000 },
  );
});
