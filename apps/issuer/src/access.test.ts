import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAgreementId, parseOrgId, parsePurposeCode } from "#libs/terms";
import type { SignedAgreement } from "#libs/policy";
import type { RegistryAccess } from "#libs/token";
import { agreedFor, type Allowed, grantedAccess } from "./access.js";

const purposes = ["enrolment", "referral", "benefit-payment"].map(parsePurposeCode);
const agreements = ["dsa-one", "dsa-two", "dsa-three"].map(parseAgreementId);
const [enrolment, referral] = [purposes[0]!, purposes[1]!];
const [one, two] = [agreements[0]!, agreements[1]!];

const asked = (change: Partial<RegistryAccess> = {}): RegistryAccess => ({
  type: "registry_access",
  purpose: enrolment,
  ...change,
});
const allowed = (change: Partial<Allowed> = {}): Allowed => ({
  agreed: new Map([[enrolment, new Set([one])]]),
  client: new Set([enrolment]),
  officer: undefined,
  ...change,
});

test.each([
  ["what is agreed is granted", asked(), allowed(), asked()],
  [
    "an agreement beyond those in force is cut",
    asked({ agreements: [two, one] }),
    allowed(),
    asked({ agreements: [one] }),
  ],
  ["where none of those named is in force, nothing is left", asked({ agreements: [two] }), allowed(), undefined],
  ["a purpose without an agreement", asked({ purpose: referral }), allowed(), undefined],
  ["a purpose that the client is not registered for", asked(), allowed({ client: new Set([referral]) }), undefined],
  ["a purpose that the officer's roles do not have", asked(), allowed({ officer: new Set([referral]) }), undefined],
  ["an officer without roles", asked(), allowed({ officer: new Set() }), undefined],
  ["an officer's role that has it", asked(), allowed({ officer: new Set([enrolment]) }), asked()],
] as const)("%s", (_says, request, limits, granted) => {
  expect(grantedAccess(request, limits)).toEqual(granted);
});

const some = <T>(of: readonly T[]) => fc.subarray([...of]);
const anyAllowed = fc
  .record({
    agreed: fc.tuple(some(agreements), some(agreements), some(agreements)),
    client: some(purposes),
    officer: fc.option(some(purposes), { nil: undefined }),
  })
  .map(({ agreed, client, officer }): Allowed => ({
    agreed: new Map(purposes.map((purpose, at) => [purpose, new Set(agreed[at])])),
    client: new Set(client),
    officer: officer && new Set(officer),
  }));
const anyAsked = fc
  .record({
    purpose: fc.constantFrom(...purposes),
    agreements: fc.option(fc.subarray([...agreements], { minLength: 1 }), { nil: undefined }),
  })
  .map(({ purpose, agreements: named }) => asked({ purpose, ...(named && { agreements: named }) }));

test("granted ⊆ asked ∩ allowed, whatever is asked and allowed, and nothing lawful is lost", () => {
  fc.assert(
    fc.property(anyAsked, anyAllowed, (request, limits) => {
      const granted = grantedAccess(request, limits);
      const inForce = limits.agreed.get(request.purpose) ?? new Set();
      const lawful = (request.agreements ?? agreements).filter((name) => inForce.has(name));
      const holds =
        lawful.length > 0 && limits.client.has(request.purpose) && limits.officer?.has(request.purpose) !== false;
      expect(granted !== undefined).toBe(holds);
      if (granted === undefined) return;
      expect(granted.purpose).toBe(request.purpose);
      expect(granted.agreements).toEqual(request.agreements && lawful);
    }),
  );
});

test("an agreement counts for its consumer, while it is active and in its time", () => {
  const now = new Date("2026-06-01T00:00:00Z");
  const signed = (change: object) =>
    ({
      agreement: {
        agreement: one,
        consumer: "org:welfare",
        state: "active",
        valid: { from: "2026-01-01T00:00:00Z", until: "2026-12-31T23:59:59Z" },
        grants: [{ purpose: enrolment }],
        ...change,
      },
    }) as unknown as SignedAgreement;
  const of = (change: object) => agreedFor(parseOrgId("org:welfare"), [signed(change)], now);
  expect(of({})).toEqual(new Map([[enrolment, new Set([one])]]));
  expect(of({ consumer: "org:bank" }).size).toBe(0);
  expect(of({ state: "suspended" }).size).toBe(0);
  expect(of({ valid: { from: "2026-01-01T00:00:00Z", until: "2026-05-31T23:59:59Z" } }).size).toBe(0);
  expect(of({ valid: { from: "2026-07-01T00:00:00Z", until: "2026-12-31T23:59:59Z" } }).size).toBe(0);
});
