import { possessionKey, type ProofAlgorithm, signRequests } from "./caller.ts";
import type { Case, Contestant } from "./measure.ts";
import type { BenchNetwork } from "./network.ts";
import { questions, ROWS } from "./questions.ts";

/** How much is measured. */
export interface Size {
  readonly requests: number;
  /** Rounds that are not measured: until then the compiler is still at work. */
  readonly warmUp: number;
  readonly rounds: number;
}

const IN_FLIGHT = 16;
export const STOCK = "stock @apollo/gateway under Nest";
export const FLOOR = "the signatures and calls alone";
export const CALLS = "the calls alone, nothing signed";

/** In each, Weft comes first and the stock gateway last; the floors between them, where they were measured. */
export function casesOf(network: BenchNetwork, { requests, warmUp, rounds }: Size): readonly Case[] {
  const [weft, stock] = [weftOf(network, "ES256"), stockOf(network)];
  const [floor, calls] = [floorOf(network, FLOOR, "graphql"), floorOf(network, CALLS, "calls")];
  const share = (part: number): number => Math.ceil(requests * part);
  return [
    {
      name: "person",
      says: `one person, ${IN_FLIGHT} requests in flight`,
      question: questions.person,
      inFlight: IN_FLIGHT,
      requests,
      warmUp,
      rounds,
      contestants: [weft, weftOf(network, "EdDSA"), floor, calls, stock],
    },
    {
      name: "alone",
      says: "one person, one request at a time",
      question: questions.person,
      inFlight: 1,
      requests: share(0.25),
      warmUp,
      rounds,
      contestants: [weft, floor, stock],
    },
    {
      name: "roster",
      says: `a list of ${ROWS} persons, ${IN_FLIGHT} requests in flight`,
      question: questions.roster,
      inFlight: IN_FLIGHT,
      requests: share(0.25),
      warmUp,
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
  return { name: STOCK, pid: stock.pid, target: { url: stock.url, headers: noHeaders } };
}

function floorOf({ floor }: BenchNetwork, name: string, path: string): Contestant {
  return { name, pid: floor.pid, target: { url: `${floor.url}/${path}`, headers: noHeaders } };
}

const noHeaders = (requests: number): readonly object[] => Array.from({ length: requests }, () => ({}));
