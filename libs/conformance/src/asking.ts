import type { Case, Expected, Vectors } from "./cases.js";
import type { Also, Call, PlayedGateway } from "./gateway.js";
import { judge } from "./judge.js";
import { post, type Reply } from "./reply.js";
import type { World } from "./world.js";

/** All that a case is run with. */
export interface Trial {
  /** Where the adapter takes fetches. */
  readonly url: string;
  readonly world: World;
  readonly gateway: PlayedGateway;
  readonly vectors: Vectors;
  readonly canaries: readonly string[];
}

export async function ask(one: Case, trial: Trial, also?: Also): Promise<Reply> {
  if (one.raw === undefined) return send(await trial.gateway.callFor(one, also), trial);
  const { body, times, nest, type, method } = one.raw;
  const long = times === undefined ? body : body.replace(/(.)%/, (_, sign: string) => sign.repeat(times));
  const deep = nest === undefined ? long : long.replace("%", "[".repeat(nest) + "]".repeat(nest));
  return post(trial.url, { body: deep, type, method });
}

export function send({ body }: Call, { url }: Pick<Trial, "url">): Promise<Reply> {
  return post(url, { body: JSON.stringify(body) });
}

export function judged(reply: Reply, { expect }: Case, { gateway, canaries }: Trial): readonly string[] {
  return judge(reply, withRefs(expect, gateway), canaries);
}

/** `@hana` is the person as the provider knows them. */
function withRefs(expected: Expected, gateway: PlayedGateway): Expected {
  return JSON.parse(JSON.stringify(expected), (_, value: unknown) =>
    typeof value === "string" && value.startsWith("@") ? gateway.refOf(value.slice(1)) : value,
  ) as Expected;
}
