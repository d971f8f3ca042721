import type { ConsentReceipt } from "#libs/consent";
import { type CanonicalPerson, type SubjectRef, WeftError } from "#libs/terms";
import type { Consenting, ReadResult, RowIdentity, Withheld } from "./read/port.js";
import type { ServedMinistry, ServingTerms } from "./served-ministry.js";
import type { ConsentUse } from "./store.js";
import type { VerifiedFetch } from "./verified-fetch.js";
import { consentingPersons, judgeRows } from "./withhold.js";

export interface ProtectedRead {
  readonly result: ReadResult;
  /** Everybody of whom a value or a reference is in the answer. */
  readonly found: readonly SubjectRef[];
  /** Consents for so many times that the released persons' values rest on; of any others nobody need keep count. */
  readonly uses: readonly ConsentUse[];
  /** Gives held consent uses back; call it once they are counted, or will not be. */
  readonly letGo: () => void;
}

/** The one place where a ministry's machine is asked: within its limits, and only for what consent and restrictions leave. */
export async function readProtected(
  fetch: VerifiedFetch,
  ministry: ServedMinistry,
  terms: ServingTerms,
  now: Date,
  signal: AbortSignal,
): Promise<ProtectedRead> {
  const persons = fetch.persons.length + fetch.question.entries.reduce((sum, { first }) => sum + first, 0);
  const turn = await ministry.protection.admit(persons, now);
  const judge = openJudge(fetch, ministry, terms, now);
  const given = new Set<SubjectRef>();
  const refOf = (person: CanonicalPerson) => {
    const ref = ministry.seals.seal(person);
    given.add(ref);
    return ref;
  };
  let asked = 0;
  try {
    const result = await terms.ministry.read(fetch.plan, {
      persons: fetch.persons,
      variables: fetch.request.variables,
      withhold: judge.withhold,
      consenting: judge.consenting(),
      refOf,
      binding: { consumer: fetch.record.caller.consumer, agreement: fetch.grant.agreement },
      now,
      signal: AbortSignal.any([signal, AbortSignal.timeout(terms.deadline)]),
    });
    asked = result.counts.persons;
    judge.assertStillGiven(result.released);
    result.released.forEach(refOf);
    return { result, found: [...given], uses: judge.usesOf(result.released), letGo: judge.letGo };
  } catch (error) {
    judge.letGo();
    asked = persons;
    throw error;
  } finally {
    turn.done(asked);
  }
}

interface Judge {
  readonly withhold: (rows: readonly RowIdentity[]) => readonly Withheld[];
  readonly consenting: () => readonly Consenting[] | null;
  readonly usesOf: (released: readonly CanonicalPerson[]) => readonly ConsentUse[];
  /** Throws SOURCE_UNAVAILABLE where a consent that the release rests on ended while the machine was read. */
  readonly assertStillGiven: (released: readonly CanonicalPerson[]) => void;
  readonly letGo: () => void;
}

/** Judges rows as the read side meets them, and remembers on which consents each person's release rests. */
function openJudge(fetch: VerifiedFetch, ministry: ServedMinistry, terms: ServingTerms, now: Date): Judge {
  const { caller, parent, jti } = fetch.record;
  const request = parent ?? jti;
  const { feed, uses, seals } = ministry;
  const receiptsOf = new Map<CanonicalPerson, readonly ConsentReceipt[]>();
  const held: (() => void)[] = [];
  const evidence = {
    receiptsOf: feed.receiptsOf.bind(feed),
    statusOf: feed.statusOf.bind(feed),
    usesOf: (receipt: string, since: number) => uses.usesOf(receipt, since, request, now),
    seals,
    policy: terms.policy,
  };
  const release = { ...caller, basis: fetch.grant.basis, plan: fetch.plan };
  return {
    withhold(rows) {
      const judged = judgeRows(rows, release, evidence, now);
      for (const { person, receipts } of judged) {
        receiptsOf.set(person, receipts);
        held.push(...receipts.filter(isLimited).map(({ jti: receipt }) => uses.hold(receipt, request)));
      }
      return judged.map(({ withheld }) => withheld);
    },
    consenting: () =>
      fetch.plan.kind === "lists" && release.basis === "CONSENT"
        ? consentingPersons(feed.subjects(), release, evidence, now)
        : null,
    usesOf: (released) =>
      released
        .flatMap((person) => receiptsOf.get(person) ?? [])
        .filter(isLimited)
        .map(({ jti: receipt, exp: expires }) => ({ receipt, request, expires })),
    assertStillGiven(released) {
      const receipts = released.flatMap((person) => receiptsOf.get(person) ?? []);
      if (receipts.every((receipt) => feed.statusOf(receipt) === "valid")) return;
      throw new WeftError("SOURCE_UNAVAILABLE", { detail: "a consent ended while it was read", retryAfter: 1 });
    },
    letGo: () => held.splice(0).forEach((give) => give()),
  };
}

/** For so many times: of any other consent nobody need keep count. */
function isLimited({ frequency }: ConsentReceipt): boolean {
  return frequency !== undefined;
}
