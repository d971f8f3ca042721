import { readFileSync } from "node:fs";
import { planFor, resolveOperation, Supergraph } from "../../dist/libs/supergraph/src/index.js";
import { possessionKey, type ProofAlgorithm, signRequests } from "./caller.ts";
import type { Case, Contestant } from "./measure.ts";
import { type BenchNetwork, supergraphFile } from "./network.ts";
import { type BenchQuestion, questions, ROWS } from "./questions.ts";

/** How much is measured. */
export interface Size {
  readonly requests: number;
  readonly rounds: number;
}

const IN_FLIGHT = 16;
export const STOCK = "stock @apollo/gateway under Nest";

/** In each, Weft comes first and the stock gateway last. */
export function casesOf(network: BenchNetwork, { requests, rounds }: Size): readonly Case[] {
  const [weft, stock] = [weftOf(network, "ES256"), stockOf(network)];
  const share = (part: number): number => Math.ceil(requests * part);
  return [
    {
      name: "person",
      says: `one person, ${IN_FLIGHT} requests in flight`,
      question: questions.person,
      inFlight: IN_FLIGHT,
      requests,
      rounds,
      contestants: [weft, weftOf(network, "EdDSA"), stock],
    },
    {
      name: "alone",
      says: "one person, one request at a time",
      question: questions.person,
      inFlight: 1,
      requests: share(0.25),
      rounds,
      contestants: [weft, stock],
    },
    {
      name: "roster",
      says: `a list of ${ROWS} persons, ${IN_FLIGHT} requests in flight`,
      question: questions.roster,
      inFlight: IN_FLIGHT,
      requests: share(0.25),
      rounds,
      contestants: [weft, stock],
    },
  ];
}

function weftOf({ weft }: BenchNetwork, algorithm: ProofAlgorithm): Contestant {
  const audience = new URL(weft.url).origin;
  const possession = possessionKey(algorithm);
  const headers = (requests: number): readonly object[] => signRequests(audience, possession, requests);
  return { name: `Weft, DPoP proofs by ${algorithm}`, pid: weft.pid, target: { url: weft.url, headers } };
}

function stockOf({ stock }: BenchNetwork): Contestant {
  const headers = (requests: number): readonly object[] => Array.from({ length: requests }, () => ({}));
  return { name: STOCK, pid: stock.pid, target: { url: stock.url, headers } };
}

/** What the planner, which is the same for both, makes of a question. */
export function planOf(question: BenchQuestion): { readonly fetches: number; readonly waves: number } {
  const same = (value: unknown): unknown => value;
  const supergraph = new Supergraph(readFileSync(supergraphFile, "utf8"), {
    scalars: { PersonRef: { receive: same, send: same } },
  });
  const { fetches } = planFor(supergraph, resolveOperation(supergraph, question), new Set());
  return { fetches: fetches.length, waves: Math.max(...fetches.map(({ wave }) => wave)) + 1 };
}
