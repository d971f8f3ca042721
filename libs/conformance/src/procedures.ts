import type { Case, Expected } from "./cases.js";
import type { Call, PlayedGateway } from "./gateway.js";
import { findAnswer, judge } from "./judge.js";
import { post, type Reply } from "./reply.js";
import type { World } from "./world.js";

/** All that a case is run with. */
export interface Trial {
  /** Where the adapter takes fetches. */
  readonly url: string;
  readonly world: World;
  readonly gateway: PlayedGateway;
  readonly canaries: readonly string[];
}

/** What a case does beside asking once. Each resolves to what is wrong. */
type Procedure = (one: Case, trial: Trial) => Promise<readonly string[]>;

const AT_ONCE = 5;

export const procedureOf: Readonly<Record<NonNullable<Case["do"]>, Procedure>> = {
  async again(one, trial) {
    const call = await trial.gateway.callFor(one);
    const first = findAnswer(await send(call, trial));
    return first ? judged(await send(call, trial), one, trial) : ["the first time it was not answered"];
  },

  async "at once"(one, trial) {
    const call = await trial.gateway.callFor(one);
    const replies = await Promise.all(Array.from({ length: AT_ONCE }, () => send(call, trial)));
    const [answered, refused] = [true, false].map((is) =>
      replies.filter((it) => (findAnswer(it) !== undefined) === is),
    );
    return [
      ...(answered!.length === 1 ? [] : [`expected one answer of ${AT_ONCE}, came ${answered!.length}`]),
      ...refused!.flatMap((reply) => judged(reply, one, trial)),
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
};

export async function askOnce(one: Case, trial: Trial): Promise<readonly string[]> {
  return judged(await ask(one, trial), one, trial);
}

export async function ask(one: Case, trial: Trial): Promise<Reply> {
  if (one.raw === undefined) return send(await trial.gateway.callFor(one), trial);
  const { body, times, type, method } = one.raw;
  return post(trial.url, {
    body: times === undefined ? body : body.replace(/%+/, (some) => some[0]!.repeat(times)),
    type,
    method,
  });
}

export function send({ body }: Call, { url }: Trial): Promise<Reply> {
  return post(url, { body: JSON.stringify(body) });
}

function judged(reply: Reply, { expect }: Case, { gateway, canaries }: Trial): readonly string[] {
  return judge(reply, withRefs(expect, gateway), canaries);
}

/** `@hana` is the person as the provider knows them. */
function withRefs(expected: Expected, gateway: PlayedGateway): Expected {
  return JSON.parse(JSON.stringify(expected), (_, value: unknown) =>
    typeof value === "string" && value.startsWith("@") ? gateway.refOf(value.slice(1)) : value,
  ) as Expected;
}
