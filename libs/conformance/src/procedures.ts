import { randomBytes } from "node:crypto";
import { ask, judged, send, type Trial } from "./asking.js";
import type { Case } from "./cases.js";
import { injectionsInto } from "./injections.js";
import { findAnswer } from "./judge.js";
import { judgeReferences } from "./references.js";
import type { Reply } from "./reply.js";

/** What a case does beside asking once. Each resolves to what is wrong. */
type Procedure = (one: Case, trial: Trial) => Promise<readonly string[]>;

const AT_ONCE = 5;
const FLOOD = { persons: 1_000, most: 12 };
const OFFICERS_DAY = 30;

export const procedureOf: Readonly<Record<NonNullable<Case["do"]>, Procedure>> = {
  async again(one, trial) {
    const call = await trial.gateway.callFor(one);
    const first = findAnswer(await send(call, trial));
    return first ? judged(await send(call, trial), one, trial) : ["the first time it was not answered"];
  },

  async "at once"(one, trial) {
    const call = await trial.gateway.callFor(one);
    const replies = await Promise.all(Array.from({ length: AT_ONCE }, () => send(call, trial)));
    const refused = replies.filter((reply) => findAnswer(reply) === undefined);
    const answered = replies.length - refused.length;
    return [
      ...(answered === 1 ? [] : [`expected one answer of ${AT_ONCE}, came ${answered}`]),
      ...refused.flatMap((reply) => judged(reply, one, trial)),
    ];
  },

  async alike(one, trial) {
    const groups = [one.about, ...one.others];
    const replies: Reply[] = [];
    for (const about of groups) replies.push(await ask({ ...one, about }, trial));
    const texts = replies.map(({ status, text }) => `${status} ${text}`);
    const different = one.others.filter((_, at) => texts[at + 1] !== texts[0]);
    return [
      ...judged(replies[0]!, one, trial),
      ...different.map((about) => `the reply about ${about.join()} is another than the one about ${one.about.join()}`),
    ];
  },

  async twice(one, trial) {
    const first = await askOnce({ ...one, expect: one.first ?? one.expect }, trial);
    return [...first.map((line) => `the first time: ${line}`), ...(await askOnce(one, trial))];
  },

  async "page on"(one, trial) {
    const first = findAnswer(await ask(one, trial));
    const [page] = Object.values(first?.data ?? {}) as { pageInfo?: { endCursor?: unknown } }[];
    const after = page?.pageInfo?.endCursor;
    if (typeof after !== "string") return ["the first page has no end to go on after"];
    return askOnce({ ...one, variables: { ...one.variables, after, ...one.next } }, trial);
  },

  async flood(one, trial) {
    for (let turn = 0; turn < FLOOD.most; turn++) {
      const about = Array.from(
        { length: FLOOD.persons },
        (_, at) => `nid:${3_000_000_000 + turn * FLOOD.persons + at}`,
      );
      const reply = await ask({ ...one, about }, trial);
      if (findAnswer(reply) !== undefined) continue;
      const { errors } = reply.body as { errors?: { extensions?: { retryAfter?: unknown } }[] };
      const wait = errors?.[0]?.extensions?.retryAfter;
      return [...judged(reply, one, trial), ...(typeof wait === "number" ? [] : ["it does not say when to come back"])];
    }
    return [`${FLOOD.most * FLOOD.persons} persons were answered within one minute`];
  },

  async "officer's day"(one, trial) {
    const also = { officer: `officer:${randomBytes(8).toString("hex")}` };
    const persons = (from: number) => Array.from({ length: OFFICERS_DAY }, (_, at) => `nid:${from + at}`);
    const first = await ask({ ...one, about: persons(4_000_000_000) }, trial, also);
    if (findAnswer(first) === undefined) return ["the first persons of the day were not answered"];
    return judged(await ask({ ...one, about: persons(4_000_001_000) }, trial, also), one, trial);
  },

  injections: injectionsInto,
};

export async function askOnce(one: Case, trial: Trial): Promise<readonly string[]> {
  if (one.raw !== undefined) return judged(await ask(one, trial), one, trial);
  const call = await trial.gateway.callFor(one);
  const reply = await send(call, trial);
  return [...judged(reply, one, trial), ...judgeReferences(reply, one, call, trial)];
}
