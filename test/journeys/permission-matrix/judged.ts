import { type ConsentReceipt, ReceiptIndex, StatusList } from "#libs/consent";
import type { Contracts } from "#libs/contracts";
import { compilePolicy, decide, type Decision, type Policy, type SignedAgreement } from "#libs/policy";
import { judgeRows, PersonSeals } from "#libs/subgraph";
import {
  type CanonicalPerson,
  type CaseId,
  type Coordinate,
  deriveSealKey,
  digestOf,
  type OrgId,
  type PurposeCode,
} from "#libs/terms";
import { SIGNED_IN_BY } from "../../../apps/sandbox/src/issuer-files.js";
import type { Outcome } from "./expected.js";
import type { Asker, PersonalWord } from "./law.js";
import type { Papers } from "./papers.js";
import type { Place } from "./places.js";

/** The pure functions of gateway and adapter, asked the same questions as the law: `decide`, and the adapter's `judgeRows`. */
export interface Judge {
  /** The gateway's decision on all of these places at once. */
  decision(places: readonly Place[], asker: Asker): Decision;
  /** The decision of the ministry itself, from nothing but its own agreements. */
  ownDecision(ministry: string, places: readonly Place[], asker: Asker): Decision;
  /** What comes out at one place where `asked` is asked of its ministry. */
  outcome(place: Place, asked: readonly Place[], decision: Decision, asker: Asker, word: PersonalWord): Outcome;
}

const NATIONAL_ID = "nid:1234567890" as CanonicalPerson;
/** Of the same row: what is said under either number is said of the person. */
const OTHER_NUMBER = "cash-no:C12345678" as CanonicalPerson;

/** Under the agreements of `papers`, compiled from the rules of the loaded contracts. */
export function judgeUnder(papers: Papers, contracts: Contracts): Judge {
  const agreements = papers.agreements as unknown as SignedAgreement["agreement"][];
  const signed = agreements.map((agreement) => ({
    agreement,
    digest: digestOf(agreement.agreement),
    operations: none,
  }));
  const rules = [...contracts.rules.values()];
  // Who asks has signed in as is asked of them and says why: what else is refused in an emergency has cases of its own.
  const { strongSignIn } = contracts.registry;
  const policy = compilePolicy(rules, signed, strongSignIn);
  const own = new Map<string, Policy>();
  for (const ministry of new Set([...papers.fields.values()].map((field) => field.ministry))) {
    own.set(
      ministry,
      compilePolicy(
        rules,
        signed.filter(({ agreement }) => agreement.provider === ministry),
        strongSignIn,
      ),
    );
  }
  const seals = new Map([...own.keys()].map((ministry) => [ministry, sealsOf(ministry)]));
  return {
    decision: (places, asker) => decide(questionOf(places, asker), policy, asker.now),
    ownDecision: (ministry, places, asker) => decide(questionOf(places, asker), own.get(ministry)!, asker.now),
    outcome(place, asked, decision, asker, word) {
      for (const { at } of place.steps) {
        const verdict = decision.verdicts.get(at as Coordinate);
        if (verdict?.effect === "deny") return verdict.code;
      }
      const ministry = place.field.ministry;
      const basis = decision.agreements.get(ministry as OrgId)?.basis;
      // Without a grant in force only what belongs to no person is permitted.
      if (basis === undefined) return "VALUE";
      const coordinates = new Set(asked.flatMap(({ steps }) => steps.map(({ at }) => at as Coordinate)));
      const plan = { kind: place.from === "list" ? "lists" : "entities", coordinates, touched: coordinates } as const;
      const release = { consumer: asker.consumer as OrgId, purpose: asker.purpose as PurposeCode, basis, plan };
      const evidence = { ...evidenceOf(word, ministry, seals.get(ministry)!, asker.now), policy };
      const row = { person: NATIONAL_ID, identifiers: [NATIONAL_ID, OTHER_NUMBER] };
      const [judged] = judgeRows([row], release, evidence, asker.now);
      const withheld = judged!.withheld;
      const isKept = ({ at }: { at: string }) => withheld === "everything" || withheld.has(at as Coordinate);
      return place.steps.some(isKept) ? "NOT_AVAILABLE" : "VALUE";
    },
  };
}

const none: ReadonlySet<never> = new Set();

function sealsOf(ministry: string): PersonSeals {
  return new PersonSeals([deriveSealKey("p1", Buffer.alloc(32, ministry), ministry as OrgId)], "p1");
}

function questionOf(places: readonly Place[], asker: Asker): Parameters<typeof decide>[0] {
  const fields = new Set(places.flatMap(({ steps }) => steps));
  const entries = [...fields].filter(({ kind }) => kind === "list");
  return {
    consumer: asker.consumer as OrgId,
    purpose: asker.purpose as PurposeCode,
    caseId: "c-2026-0042" as CaseId,
    operation: digestOf("the matrix"),
    coordinates: new Set([...fields].map(({ at }) => at as Coordinate)),
    arguments: [...fields].flatMap(({ at, arguments: declared }) =>
      Object.entries(asker.arguments[at] ?? {}).map(([name, literal]) => ({
        argument: `${at}(${name}:)`,
        values: declared.some((it) => it.name === name && it.closed) ? [literal] : null,
      })),
    ),
    persons: places.some(({ from }) => from === "person") ? 1 : 0,
    entries: entries.map(({ at }) => ({ entry: at as Coordinate, first: Number(asker.arguments[at]?.["first"]) })),
    signIn: { acr: SIGNED_IN_BY, authTime: asker.now.getTime() / 1000 },
    isReasoned: true,
  };
}

/** The person's word as it reaches an adapter: receipts by reference, and a status list. Restrictions under the other number. */
function evidenceOf(word: PersonalWord, ministry: string, seals: PersonSeals, now: Date) {
  const index = new ReceiptIndex();
  const seconds = Math.floor(now.getTime() / 1000);
  let list = new StatusList();
  const add = (idx: number, person: CanonicalPerson, until: number, terms: object) =>
    index.add({
      iss: "org:registry",
      iat: seconds - 1000,
      nbf: seconds - 1000,
      exp: until,
      jti: `receipt-number-${idx}`,
      record_id: `record-${idx}`,
      record_version: 1,
      aud: ministry,
      sub: seals.seal(person),
      status: { status_list: { idx, uri: "https://registry.orvanda.example/status/1" } },
      ...terms,
    } as unknown as ConsentReceipt);
  let idx = 0;
  for (const { recipients, purposes, fields, standing } of word.consents) {
    for (const recipient of recipients) {
      idx += 1;
      const until = standing === "expired" ? seconds : seconds + 1000;
      add(idx, NATIONAL_ID, until, { kind: "consent", recipient, purposes, coordinates: fields });
      if (standing === "withdrawn") list = list.withStatus(idx, "invalid");
    }
  }
  if (word.restriction !== "none") {
    add(0, OTHER_NUMBER, seconds + 1000, { kind: word.restriction, recipient: "any", purposes: [], coordinates: [] });
  }
  return {
    receiptsOf: index.receiptsOf.bind(index),
    statusOf: (receipt: ConsentReceipt) => list.statusAt(receipt.status.status_list.idx),
    usesOf: () => 0,
    seals,
  };
}
