import { type AdapterFetch, openAdapterCalls } from "./adapter-calls.ts";
import { type ConsentWorld, DISTRICT, nidOf, questions } from "./consent-world.ts";
import { cpuSeconds } from "./cpu.ts";
import { median, round } from "./statistics.ts";

/**
 * What consent costs an adapter: the same fields of the same persons, once by law and once on their consent, in turns. CPU of the
 * adapter's process; the system behind it and the log are others' work.
 */
export interface ConsentCost {
  readonly name: string;
  readonly says: string;
  /** Milliseconds of CPU a request, median of the rounds. */
  readonly byLaw: number;
  readonly onConsent: number;
  /** Median of the rounds' own ratios. */
  readonly ratio: number;
}

export interface CostAmount {
  readonly rounds: number;
  readonly persons: number;
  readonly lists: number;
}

interface Case {
  readonly name: string;
  readonly says: string;
  readonly requests: number;
  readonly fetch: (n: number) => Pick<AdapterFetch, "query" | "coordinates" | "persons" | "variables" | "scope">;
  /** Of an answer from which nothing is missing. */
  readonly values: number;
}

const grounds = {
  byLaw: { consumer: "org:cash", agreement: "house-cash-2026" },
  onConsent: { consumer: "org:clinic", agreement: "dsa-cash-clinic-2026" },
} as const;

const personCase = (listed: number): Omit<Case, "requests"> => ({
  name: "person",
  says: "one person",
  values: 1,
  fetch: (n) => ({
    query: `query($representations:[_Any!]!){_entities(representations:$representations){...on Person{${questions.cash.text}}}}`,
    coordinates: questions.cash.fields,
    persons: [nidOf(n % listed)],
  }),
});
const listCase = (listed: number): Omit<Case, "requests"> => ({
  name: "list",
  says: `a list of ${listed}`,
  values: listed,
  fetch: () => ({
    query:
      "query($d:String!,$n:Int!){cashTransferEnrolments(district:$d,first:$n){nodes{monthlyAmount person{ref}}pageInfo{hasNextPage}}}",
    variables: { d: DISTRICT, n: listed },
    coordinates: [
      "Query.cashTransferEnrolments",
      "CashTransferEnrolmentPage.nodes",
      "CashTransferEnrolmentPage.pageInfo",
      "CashTransferEnrolment.monthlyAmount",
      "CashTransferEnrolment.person",
      "PageInfo.hasNextPage",
    ],
    scope: { entry: "Query.cashTransferEnrolments", maxRows: listed },
  }),
});

export async function measureConsentCost(world: ConsentWorld, amount: CostAmount): Promise<readonly ConsentCost[]> {
  const cases = [
    { ...personCase(world.entrants.listed), requests: amount.persons },
    { ...listCase(world.entrants.listed), requests: amount.lists },
  ];
  const calls = openAdapterCalls(world);
  try {
    const costs: ConsentCost[] = [];
    for (const it of cases) costs.push(await measureCase(calls, world.adapter.pid, it, amount.rounds));
    return costs;
  } finally {
    await calls.close();
  }
}

async function measureCase(
  calls: ReturnType<typeof openAdapterCalls>,
  pid: number,
  it: Case,
  rounds: number,
): Promise<ConsentCost> {
  const costs = { byLaw: [] as number[], onConsent: [] as number[] };
  // The first round is warm-up.
  for (let round = 0; round <= rounds; round++)
    for (const ground of ["byLaw", "onConsent"] as const) {
      const cost = await measureRound(calls, pid, it, grounds[ground]);
      if (round > 0) costs[ground].push(cost);
    }
  return {
    name: it.name,
    says: it.says,
    byLaw: round(median(costs.byLaw), 3),
    onConsent: round(median(costs.onConsent), 3),
    ratio: round(median(costs.onConsent.map((cost, n) => cost / costs.byLaw[n]!)), 2),
  };
}

async function measureRound(
  calls: ReturnType<typeof openAdapterCalls>,
  pid: number,
  { requests, fetch, values }: Case,
  ground: (typeof grounds)[keyof typeof grounds],
): Promise<number> {
  const fetches = Array.from({ length: requests }, (_, n) => ({ ministry: "cash", ...ground, ...fetch(n) }));
  const bodies = await Promise.all(fetches.map((one) => calls.prepare(one)));
  const before = cpuSeconds(pid);
  for (const body of bodies) {
    const { text } = await calls.send("cash", body);
    if (text.split('"monthlyAmount":"').length - 1 !== values)
      throw new Error(`Something is missing: ${text.slice(0, 500)}`);
  }
  return ((cpuSeconds(pid) - before) / requests) * 1000;
}

export function printCost({ says, byLaw, onConsent, ratio }: ConsentCost): string {
  return `  ${says.padEnd(16)} ${byLaw.toFixed(3)} ms by law   ${onConsent.toFixed(3)} ms on consent   ${ratio} times`;
}
