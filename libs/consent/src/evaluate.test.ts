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

test("nothing but a consent in force gives a field on consent, and no receipt at all can widen a restricted one", () => {
  const some = fc.record({
    kind: fc.constantFrom("consent", "objection", "protection"),
    recipient: fc.constantFrom("org:clinic", "org:bank", "any"),
    purposes: fc.subarray(["referral", "research"]),
    coordinates: fc.subarray([level, statutory, since]),
    sub: fc.constantFrom(person, secondNumber, "p1.other"),
    nbf: fc.constantFrom(1_000, 1_600),
    exp: fc.constantFrom(1_400, 2_000),
    jti: fc.uuid(),
    record_id: fc.uuid(),
  });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), (many) => {
      const receipts = many.map(receipt);
      const { verdicts, restricted } = evaluateConsent(question, evidence(receipts), now);
      const applying = receipts.filter(
        (one) => one.sub !== ("p1.other" as SubjectRef) && one.nbf <= 1_500 && one.exp > 1_500,
      );
      const hasConsent = applying.some(
        (one) => one.kind === "consent" && String(one.recipient) === "org:clinic" && one.coordinates.includes(level),
      );
      if (!hasConsent) expect(verdicts.get(level)).toBe("withheld");
      if (!applying.some((one) => one.kind !== "consent")) expect(restricted).toBe(false);
      const blanket = evaluateConsent(question, evidence([...receipts, receipt(anyone)]), now);
      expect([...blanket.verdicts.values()]).toEqual(["withheld", "withheld"]);
    }),
  );
});
