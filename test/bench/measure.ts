import { cpuSeconds } from "./cpu.ts";
import { drive, type Target } from "./load.ts";
import type { BenchQuestion } from "./questions.ts";
import { median, round } from "./statistics.ts";

/** One question, asked of several gateways in turns. */
export interface Case {
  readonly name: string;
  readonly says: string;
  readonly question: BenchQuestion;
  readonly inFlight: number;
  /** Requests a round. */
  readonly requests: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly contestants: readonly Contestant[];
}

export interface Contestant {
  readonly name: string;
  readonly pid: number;
  readonly target: Target;
}

export interface Figure {
  readonly name: string;
  /** CPU of the gateway process, user and system: milliseconds a request, median of the rounds. */
  readonly cpuMilliseconds: number;
  /** How many answers a second there were. The machine also runs who asks, the ministries and the log. */
  readonly requestsPerSecond: number;
  readonly rounds: readonly number[];
}

interface Round {
  readonly cpu: number;
  readonly perSecond: number;
}

/** All warm, then in turns, so that whatever else the machine does meets all of them. */
export async function measure(it: Case): Promise<readonly Figure[]> {
  for (const { target } of it.contestants) {
    // Round by round: proofs of possession that are signed ahead last a minute.
    for (let n = 0; n < it.warmUp; n++) await drive(target, it.question, it.requests, it.inFlight);
  }
  const rounds = it.contestants.map((): Round[] => []);
  for (let n = 0; n < it.rounds; n++) {
    for (const [i, contestant] of it.contestants.entries()) rounds[i]!.push(await measureRound(contestant, it));
  }
  return it.contestants.map(({ name }, i) => figureOf(name, rounds[i]!));
}

async function measureRound({ pid, target }: Contestant, { question, requests, inFlight }: Case): Promise<Round> {
  const before = cpuSeconds(pid);
  const seconds = await drive(target, question, requests, inFlight);
  return { cpu: ((cpuSeconds(pid) - before) / requests) * 1000, perSecond: requests / seconds };
}

function figureOf(name: string, rounds: readonly Round[]): Figure {
  return {
    name,
    cpuMilliseconds: round(median(rounds.map(({ cpu }) => cpu)), 3),
    requestsPerSecond: Math.round(median(rounds.map(({ perSecond }) => perSecond))),
    rounds: rounds.map(({ cpu }) => round(cpu, 3)),
  };
}
