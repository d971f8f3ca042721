import { generateKeyPairSync } from "node:crypto";
import { Pool } from "undici";
import { sandboxKey } from "../../dist/apps/sandbox/src/keys.js";
import { personas } from "../../dist/apps/sandbox/src/personas.js";
import { parseCaseId, parseOrgId, parsePartyId, parsePurposeCode } from "../../dist/libs/terms/src/index.js";
import { accessTokenOf, signAccessToken, signDpop } from "../../dist/libs/token/src/index.js";
import { openAdapterCalls } from "./adapter-calls.ts";
import { type Auc, aucOf } from "./auc.ts";
import { type ConsentWorld, type Entrants, type Kind, kinds, personOf, questions } from "./consent-world.ts";
import { quantile, round } from "./statistics.ts";

/**
 * Can somebody who only measures how long an answer takes tell why a value is withheld? Six reasons, asked one question at a time in an
 * order that is drawn anew, at an adapter as its gateway asks and through the gateway as a ministry asks. Per pair of reasons the AUC of
 * the latency's rank.
 */
export interface UniformFigures {
  readonly where: string;
  readonly timings: number;
  readonly pairs: readonly (Auc & { readonly between: readonly [Kind, Kind] })[];
  /** The pair that is told apart best. */
  readonly worst: number;
  /** What the same statistic makes of an answer with a value against the six without: it does see a difference where there is one. */
  readonly control: number;
  /** Milliseconds, of each kind. */
  readonly medians: Readonly<Record<Kind, number>>;
  /** Milliseconds below which the quickest tenth of each kind lies: what else the machine does shows least in these. */
  readonly quickest: Readonly<Record<Kind, number>>;
}

type Ministry = keyof typeof questions;
type Timed = { readonly text: string; readonly milliseconds: number };
/** Makes questions ahead; each is then asked by calling it. */
type Prepare = (persons: readonly Kind[], at: number) => Promise<readonly (() => Promise<Timed>)[]>;

const agreements = {
  cash: ["org:clinic", "dsa-cash-clinic-2026"],
  disability: ["org:cash", "dsa-disability-cash-2026"],
} as const;
const systems = [
  ["SQL", "cash"],
  ["REST", "disability"],
] as const;
const askers = { cash: "clinic", disability: "programme" } as const;
/** Prepared at one time: a record lives thirty seconds. */
const CHUNK = 140;
const WARM = 700;

export async function measureUniform(
  world: ConsentWorld,
  timings: number,
  found: (figures: UniformFigures) => void,
): Promise<readonly UniformFigures[]> {
  const calls = openAdapterCalls(world);
  const pool = new Pool(world.gateway.url, { connections: 1, pipelining: 1 });
  try {
    const places = [
      ...systems.map(([says, ministry]) => [`adapter, ${says}`, atAdapter(calls, world.entrants, ministry)] as const),
      ...systems.map(([says, ministry]) => [`gateway, ${says}`, atGateway(pool, world, ministry)] as const),
    ];
    const figures: UniformFigures[] = [];
    for (const [where, prepare] of places) {
      const measured = await measureAt(where, prepare, timings);
      found(measured);
      figures.push(measured);
    }
    return figures;
  } finally {
    await Promise.all([calls.close(), pool.close()]);
  }
}

async function measureAt(where: string, prepare: Prepare, timings: number): Promise<UniformFigures> {
  await timesOf(prepare, Math.min(WARM, timings * kinds.length));
  const times = await timesOf(prepare, timings * kinds.length);
  const withheld = kinds.filter((kind) => kind !== "given");
  const pairs = withheld.flatMap((one, i) =>
    withheld.slice(i + 1).map((other) => ({ between: [one, other] as const, ...aucOf(times[one], times[other]) })),
  );
  const control = aucOf(
    times.given,
    withheld.flatMap((kind) => times[kind]),
  ).auc;
  const medians = eachOf(times, 0.5);
  const quickest = eachOf(times, 0.1);
  return { where, timings, pairs, worst: Math.max(...pairs.map(({ auc }) => auc)), control, medians, quickest };
}

function eachOf(times: Readonly<Record<Kind, readonly number[]>>, share: number): Record<Kind, number> {
  return Object.fromEntries(kinds.map((kind) => [kind, round(quantile(times[kind], share), 3)])) as Record<
    Kind,
    number
  >;
}

async function timesOf(prepare: Prepare, requests: number): Promise<Record<Kind, number[]>> {
  const times = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<Kind, number[]>;
  const order = shuffled(Array.from({ length: requests }, (_, i) => kinds[i % kinds.length]!));
  for (let at = 0; at < order.length; at += CHUNK) {
    const chunk = order.slice(at, at + CHUNK);
    const asks = await prepare(chunk, at);
    for (const [i, kind] of chunk.entries()) {
      const { text, milliseconds } = await asks[i]!();
      if (text.includes("NOT_AVAILABLE") !== (kind !== "given")) throw new Error(`${kind} was answered: ${text}`);
      times[kind].push(milliseconds);
    }
  }
  return times;
}

function shuffled<T>(values: T[]): T[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}

const anyOf = (entrants: Entrants, kind: Kind) => personOf(entrants, kind, Math.floor(Math.random() * 1000));

function atAdapter(calls: ReturnType<typeof openAdapterCalls>, entrants: Entrants, ministry: Ministry): Prepare {
  const { text, fields } = questions[ministry];
  const [consumer, agreement] = agreements[ministry];
  const query = `query($representations:[_Any!]!){_entities(representations:$representations){...on Person{${text}}}}`;
  return async (chunk) => {
    const fetches = chunk.map((kind) => ({
      ministry,
      consumer,
      agreement,
      query,
      coordinates: fields,
      persons: [anyOf(entrants, kind)],
    }));
    const bodies = await Promise.all(fetches.map((fetch) => calls.prepare(fetch)));
    return bodies.map((body) => () => calls.send(ministry, body));
  };
}

function atGateway(pool: Pool, { gateway, entrants }: ConsentWorld, ministry: Ministry): Prepare {
  const audience = gateway.url;
  const possession = generateKeyPairSync("ed25519").privateKey;
  const { org, client, officer, issuer, caseId } = personas[askers[ministry]];
  const query = `query U($who: PersonKey!) { person(key: $who) { ${questions[ministry].text} } }`;
  const url = `${audience}/graphql`;
  return async (chunk) => {
    const now = new Date();
    const draft = {
      iss: issuer.iss,
      audience,
      org: parseOrgId(org),
      client: parsePartyId(client),
      officer: parsePartyId(officer),
      purpose: parsePurposeCode("referral"),
      caseId: parseCaseId(caseId),
      boundTo: { key: possession },
    };
    const token = signAccessToken(accessTokenOf(draft, now), {
      kid: issuer.kid,
      key: sandboxKey(issuer.kid).privateKey,
    });
    return chunk.map((kind) => {
      const who = { scheme: "NATIONAL_ID", value: anyOf(entrants, kind).slice("nid:".length) };
      const body = JSON.stringify({ query, variables: { who } });
      const dpop = signDpop({ method: "POST", url, token }, possession, now);
      const headers = { "content-type": "application/json", authorization: `DPoP ${token}`, dpop };
      return async () => {
        const started = performance.now();
        const response = await pool.request({ method: "POST", path: "/graphql", headers, body });
        const text = await response.body.text();
        return { text, milliseconds: performance.now() - started };
      };
    });
  };
}

export function printUniform(
  { where, timings, pairs, worst, control, medians, quickest }: UniformFigures,
  goal: number,
): string {
  const lines = [
    `${where}: ${timings} timings of each kind; AUC of the latency's rank, and where it lies with 95 %`,
    ...pairs.map(({ between: [one, other], auc, low, high }) => {
      const range = `${round(low, 3).toFixed(3)} to ${round(high, 3).toFixed(3)}`;
      return `  ${`${one} / ${other}`.padEnd(28)} ${auc.toFixed(3)}   ${range}${auc > goal ? "   above the goal" : ""}`;
    }),
    `  medians, ms: ${kinds.map((kind) => `${kind} ${medians[kind]}`).join(", ")}`,
    `  quickest tenths, ms: ${kinds.map((kind) => `${kind} ${quickest[kind]}`).join(", ")}`,
    `  the worst pair: ${worst.toFixed(3)}; the goal is ${goal} or less. An answer with a value: ${control.toFixed(3)}.`,
    "",
  ];
  return lines.join("\n");
}
