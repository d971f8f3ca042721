import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Coordinate, digestOf, parseCoordinate, parseStrictYaml } from "#libs/terms";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SignedAgreement } from "./agreement.js";
import { decide, rules as rulesInOrder } from "./decide.js";
import type { Decision, Question } from "./decision.js";
import { compilePolicy, findOverlaps } from "./policy.js";
import { type AgreementInShort, type TypeInShort, question, rulesOf, signed } from "./short.fixture.js";

const fieldsFile = new URL("../../../contracts/vectors/decisions/given/fields.yaml", import.meta.url);
const rules = rulesOf(parseStrictYaml(readFileSync(fileURLToPath(fieldsFile), "utf8")) as TypeInShort[]);
const now = new Date("2026-11-22T09:00:00Z");

const providers = ["org:civil", "org:cash", "org:disability", "org:pay"];
const purposes = ["eligibility-assessment", "benefit-payment", "referral", "identity-verification", "enrolment"];
const bases = ["public-task", "legal-obligation", "consent"];
const grantable = rules.filter(({ kind }) => kind === "value" || kind === "entry");
const filters = rules.flatMap((rule) => rule.arguments.map(({ name }) => `${rule.coordinate}(${name}:)`));

const grant = (purpose: string) =>
  fc.record({
    purpose: fc.constant(purpose),
    basis: fc.constantFrom(...bases),
    subjects: fc.constantFrom("any", "applicants"),
    fields: fc
      .subarray(grantable, { minLength: 1 })
      .map((chosen) => Object.groupBy(chosen, ({ coordinate }) => coordinate.slice(0, coordinate.indexOf("."))))
      .map((byType) =>
        Object.fromEntries(Object.entries(byType).map(([type, of]) => [type, (of ?? []).map(fieldName)])),
      ),
    filters: fc.subarray(filters),
  });

const agreement: fc.Arbitrary<AgreementInShort> = fc
  .record({
    provider: fc.constantFrom(...providers),
    consumer: fc.constantFrom("org:welfare", "org:cash"),
    state: fc.constantFrom("active", "active", "active", "suspended", "terminated"),
    personsPerRequest: fc.constantFrom(1, 50),
    purposes: fc.subarray(purposes, { minLength: 1 }),
  })
  .chain(({ purposes: chosen, ...rest }) => fc.tuple(...chosen.map(grant)).map((grants) => ({ ...rest, grants })));

const agreements = fc
  .array(agreement, { maxLength: 8 })
  .map((all) => all.map((it, n) => signed(`dsa-${n}`, it)))
  .map((all) => all.filter((it, n) => all.slice(0, n).every((earlier) => findOverlaps([earlier, it]).length === 0)));

const asked: fc.Arbitrary<Question> = fc
  .record({
    consumer: fc.constantFrom("org:welfare", "org:cash"),
    purpose: fc.constantFrom(...purposes),
    withCase: fc.boolean(),
    persons: fc.constantFrom(0, 1, 30),
    first: fc.constantFrom(1, 50),
    fields: fc.subarray(rules.map(({ coordinate }) => coordinate)),
    used: fc.subarray(filters),
  })
  .map(({ withCase, first, used, ...rest }) =>
    question({
      ...rest,
      ...(withCase ? { case: "c-1" } : {}),
      lists: { "Query.cashTransferEnrolments": first },
      arguments: Object.fromEntries(used.map((it) => [it, "free"])),
    }),
  );

function fieldName({ coordinate }: { coordinate: Coordinate }): string {
  return coordinate.slice(coordinate.indexOf(".") + 1);
}

function permitted(decision: Decision): Set<Coordinate> {
  return new Set([...decision.verdicts].filter(([, it]) => it.effect !== "deny").map(([coordinate]) => coordinate));
}

const judge = (it: Question, given: readonly SignedAgreement[]) => decide(it, compilePolicy(rules, given), now);

test("a value or a list is permitted only where an active agreement with that ministry names it for the purpose", () => {
  fc.assert(
    fc.property(agreements, asked, (given, it) => {
      for (const [coordinate, verdict] of judge(it, given).verdicts) {
        const rule = grantable.find((r) => r.coordinate === coordinate);
        if (rule === undefined || verdict.effect === "deny") continue;
        const [type, field] = coordinate.split(".") as [string, string];
        const named = given.some(
          ({ agreement: a }) =>
            a.state === "active" &&
            a.consumer === it.consumer &&
            a.provider === rule.controller &&
            a.grants.some((g) => g.purpose === it.purpose && g.fields[type]?.includes(field)),
        );
        expect(named).toBe(true);
      }
    }),
  );
});

test("what is permitted is released by the ministry's own rule for that purpose and basis", () => {
  fc.assert(
    fc.property(agreements, asked, (given, it) => {
      for (const [coordinate, verdict] of judge(it, given).verdicts) {
        const rule = rules.find((r) => r.coordinate === coordinate)!;
        if (verdict.effect === "deny" || (rule.kind !== "value" && rule.kind !== "reaching")) continue;
        const { basis } = verdict.grant!;
        expect(rule.releases.some((r) => r.purposes.includes(it.purpose) && r.bases.includes(basis))).toBe(true);
        expect(verdict.effect).toBe(basis === "CONSENT" ? "permitIfConsent" : "permit");
      }
    }),
  );
});

test("to take a grant away never permits more", () => {
  fc.assert(
    fc.property(agreements, asked, fc.nat(), (given, it, pick) => {
      const before = permitted(judge(it, given));
      expect(permitted(judge(it, withoutOneGrant(given, pick))).isSubsetOf(before)).toBe(true);
    }),
  );
});

test("to take a field or a filter away never permits more", () => {
  fc.assert(
    fc.property(agreements, asked, fc.nat(), (given, it, pick) => {
      const before = permitted(judge(it, given));
      expect(permitted(judge(it, withoutOneField(given, pick))).isSubsetOf(before)).toBe(true);
    }),
  );
});

test("a token that narrows never permits more", () => {
  fc.assert(
    fc.property(agreements, asked, fc.nat(8), (given, it, keep) => {
      const narrowedTo = given.slice(0, keep).map(({ agreement: a }) => a.agreement);
      expect(permitted(judge({ ...it, narrowedTo }, given)).isSubsetOf(permitted(judge(it, given)))).toBe(true);
    }),
  );
});

test("the order of agreements, rules and coordinates does not matter", () => {
  fc.assert(
    fc.property(agreements, asked, (given, it) => {
      const reversed = { ...it, coordinates: new Set([...it.coordinates].toReversed()) };
      const other = decide(reversed, compilePolicy(rules.toReversed(), given.toReversed()), now);
      expect(new Map(other.verdicts)).toEqual(new Map(judge(it, given).verdicts));
    }),
  );
});

test("each verdict depends on its own coordinate, never on what else is asked", () => {
  fc.assert(
    fc.property(agreements, asked, (given, it) => {
      const together = judge(it, given).verdicts;
      for (const coordinate of it.coordinates) {
        const alone = judge({ ...it, coordinates: new Set([coordinate]) }, given).verdicts;
        expect(alone.get(coordinate)).toEqual(together.get(coordinate));
      }
    }),
  );
});

test("a remedy that names a purpose would be permitted now", () => {
  fc.assert(
    fc.property(agreements, asked, (given, it) => {
      for (const [coordinate, verdict] of judge(it, given).verdicts) {
        const purpose = verdict.effect === "deny" ? verdict.remedy?.purpose : undefined;
        if (purpose === undefined || verdict.effect !== "deny") continue;
        const plain = question({ consumer: it.consumer, purpose, case: "c-1", persons: 0, fields: [coordinate] });
        const lists = it.entries.map((entry) => ({ ...entry, first: 1 }));
        const effect = judge({ ...plain, entries: lists }, given).verdicts.get(coordinate)!.effect;
        expect(effect).toBe(verdict.remedy?.consent ? "permitIfConsent" : "permit");
      }
    }),
  );
});

test("a coordinate that no rule knows is refused, whatever it looks like", () => {
  const name = fc.stringMatching(/^[A-Za-z_]\w{0,12}$/);
  fc.assert(
    fc.property(agreements, asked, name, name, (given, it, type, field) => {
      const unknown = parseCoordinate(`${type}.${field}`);
      fc.pre(rules.every(({ coordinate }) => coordinate !== unknown));
      const verdict = judge({ ...it, coordinates: new Set([unknown]) }, given).verdicts.get(unknown);
      expect(verdict).toEqual({ effect: "deny", code: "FIELD_NOT_IN_AGREEMENT", remedy: null });
    }),
  );
});

test("two agreements that speak about the same purpose at the same time are refused, not chosen between", () => {
  const one: AgreementInShort = {
    provider: "org:civil",
    consumer: "org:cash",
    grants: [{ purpose: "benefit-payment", basis: "legal-obligation", fields: { VitalStatus: ["finding"] } }],
  };
  const both = [signed("dsa-a", one), signed("dsa-b", { ...one, state: "suspended" })];
  expect(() => compilePolicy(rules, both)).toThrow("The contracts are not valid.");
  expect(() => compilePolicy(rules, [...both.slice(0, 1), ...both.slice(0, 1)])).toThrow(
    "The contracts are not valid.",
  );
  expect(() => compilePolicy([...rules, ...rules.slice(0, 1)], [])).toThrow("The contracts are not valid.");
});

test("the README lists the rules in the order in which they are asked", () => {
  const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
  const table = [...readme.matchAll(/^\| \d+ \| `([a-z-]+)` \| `([A-Z_]+)` \| (.+?) \|$/gm)].map(([, ...row]) => row);
  expect(table).toEqual(rulesInOrder.map(({ name, code, says }) => [name, code, says]));
});

function withoutOneGrant(given: readonly SignedAgreement[], pick: number): SignedAgreement[] {
  return changeOne(given, pick, (a) => {
    const left = a.grants.filter((_, n) => n !== pick % a.grants.length);
    return left.length === 0 ? undefined : { ...a, grants: left };
  });
}

function withoutOneField(given: readonly SignedAgreement[], pick: number): SignedAgreement[] {
  return changeOne(given, pick, (a) => {
    const grants = a.grants.map((g, n) => {
      if (n !== pick % a.grants.length) return g;
      const [first, ...others] = Object.entries(g.fields).map(([type, fields], at) => [
        type,
        at === 0 ? fields.slice(1) : fields,
      ]);
      const fields = Object.fromEntries(
        [first, ...others].filter((it) => it?.[1]?.length !== 0) as [string, string[]][],
      );
      return { ...g, fields, filters: g.filters.slice(1) };
    });
    return { ...a, grants };
  });
}

function changeOne(
  given: readonly SignedAgreement[],
  pick: number,
  change: (a: SignedAgreement["agreement"]) => SignedAgreement["agreement"] | undefined,
): SignedAgreement[] {
  return given.flatMap((it, n) => {
    if (n !== pick % given.length) return [it];
    const changed = change(it.agreement);
    return changed === undefined ? [] : [{ ...it, agreement: changed, digest: digestOf("changed") }];
  });
}
