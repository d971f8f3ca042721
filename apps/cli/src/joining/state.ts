/** What is known of a ministry's way into the registry. What could not be looked at is undefined. */
export interface JoinFacts {
  readonly ministry: string;
  readonly places: Places;
  /** Uses of the keys in the ministry's own folder. */
  readonly ownKeys: readonly string[] | undefined;
  /** What stands of it in registry.yaml; null where nothing does. */
  readonly admitted: { readonly keyUses: readonly string[]; readonly adapter: boolean } | null;
  readonly drafted: boolean;
  /** Remarks that ask for an answer. */
  readonly asks: number;
  /** Purposes for which its schema opens a field. */
  readonly opened: readonly string[];
  /** Of `weft contract check --unsigned`: how many things are wrong with the folder, and the first. */
  readonly problems: { readonly count: number; readonly first: string };
  readonly agreements: readonly JoinAgreement[];
  /** Whether the authority's signature fits the folder as it stands. */
  readonly isSigned: boolean;
  /** Of the adapter's environment: what is not there; null where there is no such file. */
  readonly missing: readonly string[] | null | undefined;
  /** Of the account and its indexes: what is to be put right. */
  readonly account: { readonly count: number; readonly first: string } | undefined;
  readonly adapter:
    { readonly stops: readonly string[]; readonly contracts: number; readonly served: number } | null | undefined;
  /** The folder's version, and whether the gateway has it in force; null where it does not answer. */
  readonly version: number;
  readonly gateway: boolean | null | undefined;
}

export interface JoinAgreement {
  readonly id: string;
  readonly consumer: string;
  readonly hasSigned: boolean;
  readonly isCountersigned: boolean;
}

/** Where things are, for the commands that are shown. */
export interface Places {
  readonly contracts: string;
  readonly keys: string;
  readonly env: string;
}

export const stepNames = [
  "keys",
  "admission",
  "draft",
  "opening",
  "check",
  "account",
  "agreement",
  "signature",
  "countersignature",
  "publication",
  "machine",
  "adapter",
  "gateway",
  "first question",
] as const;
export type StepName = (typeof stepNames)[number];

/** `next`: the first that is not done. `unknown`: nobody said where to look. */
export type StepState = "done" | "next" | "later" | "unknown";

export interface Step {
  readonly name: StepName;
  readonly state: StepState;
  /** Who does it. */
  readonly by: string;
  readonly says: string;
  /** The command that does it, where it is not done. */
  readonly command?: string;
}

interface Judged {
  readonly by: string;
  readonly isDone: boolean | undefined;
  readonly says: string;
  readonly command: string;
}

type Judge = (facts: JoinFacts) => Judged;

const ministryItself = "the ministry";
const authority = "the registry authority";
const org = ({ ministry }: JoinFacts) => `org:${ministry}`;
const folder = ({ places }: JoinFacts) => `--contracts ${places.contracts}`;

/** Each step of the way: whether it is done, why not, who does it, and how. In the order in which they are taken. */
const judges: Readonly<Record<StepName, Judge>> = {
  keys: (facts) => {
    const has = (use: string) => (facts.ownKeys ?? []).includes(use) || (facts.admitted?.keyUses ?? []).includes(use);
    const lacking = ["agreement", "adapter"].filter((use) => !has(use));
    return {
      by: ministryItself,
      isDone: lacking.length === 0,
      says: lacking.length === 0 ? "for agreements, and the adapter's" : `no key for: ${lacking.join(", ")}`,
      command: `weft keys new --as ${org(facts)} --use ${lacking[0] ?? "agreement"} --out ${facts.places.keys}`,
    };
  },
  admission: (facts) => {
    const { admitted, places } = facts;
    const lacking = [
      ...["agreement", "adapter"].filter((use) => !admitted?.keyUses.includes(use)).map((use) => `its ${use} key`),
      ...(admitted?.adapter ? [] : ["its adapter's address"]),
    ];
    return {
      by: authority,
      isDone: lacking.length === 0,
      says:
        admitted === null
          ? `registry.yaml does not know ${org(facts)}. It asks by weft join request and reads out its fingerprints`
          : lacking.length === 0
            ? "registry.yaml has its keys and its adapter's address"
            : `registry.yaml lacks ${lacking.join(" and ")}`,
      command: `weft registry admit ${places.keys}/application.yaml --key AUTHORITY.jwk --fingerprint "…" ${folder(facts)}`,
    };
  },
  draft: (facts) => ({
    by: ministryItself,
    isDone: facts.drafted,
    says: facts.drafted ? `subgraphs/${facts.ministry}` : "there is no schema.graphql and adapter.yaml",
    command: `weft adapter draft --from env:DATABASE --name ${facts.ministry} --into ${facts.places.contracts}`,
  }),
  opening: ({ opened, ministry, places, asks }) => ({
    by: ministryItself,
    isDone: opened.length > 0,
    says:
      opened.length > 0
        ? `for ${opened.join(", ")}${remarks(asks)}`
        : `every field is closed: no @release names a purpose${remarks(asks)}`,
    command: `edit ${places.contracts}/subgraphs/${ministry}/schema.graphql`,
  }),
  check: ({ problems, places, drafted }) => ({
    by: ministryItself,
    isDone: drafted && problems.count === 0,
    says:
      problems.count > 0
        ? `${problems.count} to put right: ${problems.first}`
        : drafted
          ? "the folder passes, but for signatures"
          : "nothing to check yet",
    command: `weft contract check ${places.contracts} --unsigned`,
  }),
  account: (facts) => ({
    by: "the database's administrator",
    isDone: facts.account && facts.account.count === 0,
    says:
      facts.account === undefined
        ? "not looked at: it needs the adapter's environment (--env)"
        : facts.account.count === 0
          ? "it reads what is mapped and no more, and each look-up has its index"
          : `${facts.account.count} to put right: ${facts.account.first}`,
    command: `weft adapter grants ${facts.ministry} ${folder(facts)}`,
  }),
  agreement: (facts) => ({
    by: `${ministryItself} and a consumer`,
    isDone: facts.agreements.length > 0,
    says: facts.agreements.length > 0 ? facts.agreements.map(({ id }) => id).join(", ") : "nobody may ask yet",
    command: `weft agreement new ID --provider ${org(facts)} --consumer ORG --purpose ${facts.opened[0] ?? "CODE"} ${folder(facts)}`,
  }),
  signature: (facts) => {
    const open = facts.agreements.filter(({ hasSigned }) => !hasSigned);
    return {
      by: ministryItself,
      isDone: facts.agreements.length > 0 && open.length === 0,
      says: open.length > 0 ? `${ids(open)} is not signed` : signedWords(facts, "signed"),
      command: `weft agreement sign ${open[0]?.id ?? "ID"} --as ${org(facts)} --key ${facts.places.keys}/${facts.ministry}-agreement-1.jwk ${folder(facts)}`,
    };
  },
  countersignature: (facts) => {
    const open = facts.agreements.filter(({ isCountersigned }) => !isCountersigned);
    const [first] = open;
    return {
      by: first?.consumer ?? "the consumer",
      isDone: facts.agreements.length > 0 && open.length === 0,
      says: open.length > 0 ? `${ids(open)} is not countersigned` : signedWords(facts, "countersigned"),
      command: `weft agreement countersign ${first?.id ?? "ID"} --as ${first?.consumer ?? "ORG"} --key KEY.jwk --digest HASH ${folder(facts)}`,
    };
  },
  publication: (facts) => ({
    by: authority,
    isDone: facts.isSigned && facts.agreements.length > 0,
    says: !facts.isSigned
      ? "the folder has changed since it was signed"
      : facts.agreements.length > 0
        ? `version ${facts.version} is signed as it stands`
        : "nothing to sign yet",
    command: `weft registry sign --key AUTHORITY.jwk ${folder(facts)}`,
  }),
  machine: (facts) => ({
    by: `${ministryItself}, with seal keys from whoever runs the gateways`,
    isDone: facts.missing === undefined ? undefined : facts.missing !== null && facts.missing.length === 0,
    says:
      facts.missing === undefined
        ? "not looked at (--env)"
        : facts.missing === null
          ? `there is no ${facts.places.env}`
          : facts.missing.length === 0
            ? "environment, pins and keys are there"
            : `not there: ${facts.missing.join(", ")}`,
    command: `weft join prepare ${facts.ministry} ${folder(facts)} --keys ${facts.places.keys} …`,
  }),
  adapter: (facts) => ({
    by: ministryItself,
    isDone: facts.adapter === undefined ? undefined : facts.adapter !== null && facts.adapter.stops.length === 0,
    says: adapterWords(facts),
    command: `weft adapter run --env ${facts.places.env}`,
  }),
  gateway: ({ gateway, version }) => ({
    by: "whoever runs the gateways",
    isDone: gateway === undefined ? undefined : gateway === true,
    says:
      gateway === undefined
        ? "not looked at (--gateway)"
        : gateway === null
          ? "the gateway does not answer"
          : gateway
            ? `version ${version} is in force there: it knows the adapter's address, without a restart`
            : `the gateway has another version than ${version} in force`,
    command: "bring the signed folder to where the gateways read it",
  }),
  "first question": ({ adapter }) => ({
    by: "the consumer",
    isDone: adapter === undefined ? undefined : (adapter?.served ?? 0) > 0,
    says: (adapter?.served ?? 0) > 0 ? `${adapter?.served} answered today` : "none was answered today",
    command: "ask the gateway, with a token of the consumer's token service",
  }),
};

const remarks = (asks: number) => (asks === 0 ? "" : ` (${asks} remarks of the draft still ask for an answer)`);
const ids = (agreements: readonly JoinAgreement[]) => agreements.map(({ id }) => id).join(", ");
const signedWords = ({ agreements }: JoinFacts, word: string) =>
  agreements.length === 0 ? "there is none to sign" : `${ids(agreements)} is ${word}`;

function adapterWords({ adapter, version }: JoinFacts): string {
  if (adapter === undefined) return "not looked at (--env)";
  if (adapter === null) return "it does not run, or has no page";
  if (adapter.stops.length > 0) return adapter.stops.join(" ");
  const other = adapter.contracts === version ? "" : `; the folder is version ${version}`;
  return `it runs, with version ${adapter.contracts} in force${other}`;
}

/** The whole way, from what is known. Pure: the same facts are the same steps. */
export function joinSteps(facts: JoinFacts): readonly Step[] {
  const judged = stepNames.map((name) => ({ name, ...judges[name](facts) }));
  const next = judged.findIndex(({ isDone }) => isDone !== true);
  return judged.map(({ name, by, isDone, says, command }, at) => {
    if (isDone === true) return { name, by, says, state: "done" };
    const state = at === next ? "next" : isDone === undefined ? "unknown" : "later";
    return { name, by, says, command, state };
  });
}

/** From here on a lawful question is answered; whether somebody has asked one is theirs. */
export function isJoined(steps: readonly Step[]): boolean {
  return steps.every(({ name, state }) => state === "done" || name === "first question");
}
