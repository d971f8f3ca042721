import { Pool } from "undici";
import type { BenchQuestion } from "./questions.ts";

/** A gateway as its callers see it. */
export interface Target {
  readonly url: string;
  /** Headers for each of so many requests, made ahead: none of it is the gateway's work. */
  readonly headers: (requests: number) => readonly object[];
}

/** Asks so many times, with so many requests in flight; gives the seconds it took. Throws at the first answer that is not whole. */
export async function drive(
  { url, headers }: Target,
  question: BenchQuestion,
  requests: number,
  inFlight: number,
): Promise<number> {
  const signed = headers(requests);
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: inFlight, pipelining: 1 });
  const body = JSON.stringify({ query: question.query, variables: question.variables });
  let next = 0;
  const ask = async (): Promise<void> => {
    for (let n = next++; n < requests; n = next++) {
      const response = await pool.request({
        method: "POST",
        path: pathname,
        headers: { "content-type": "application/json", accept: "application/json", ...signed[n] },
        body,
      });
      assertWhole(response.statusCode, await response.body.text());
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, ask));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  return seconds;
}

/** An answer in which something is missing would be a cheap one. */
function assertWhole(status: number, answer: string): void {
  if (status === 200 && !answer.includes('"errors"')) return;
  throw new Error(`A gateway answered ${status}: ${answer.slice(0, 500)}`);
}
