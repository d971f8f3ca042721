import { verifyProof } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import type { Case } from "./cases.js";
import type { Call } from "./gateway.js";
import { findAnswer } from "./judge.js";
import type { Trial } from "./asking.js";
import type { Reply } from "./reply.js";

/** Whose references an answer holds: of a list, those that were recorded before it came; as aliases, other numbers of those who were answered. */
export function judgeReferences(reply: Reply, one: Case, call: Call, { gateway, world, vectors }: Trial): string[] {
  const answer = findAnswer(reply);
  if (answer === undefined) return [];
  const { aliases, rowsProof } = answer.extensions.weft;
  const isList = vectors.questions[one.ask]?.list !== undefined;
  const found = world.log.found.find(({ parent }) => parent === call.jti);
  const persons = isList ? (found?.refs ?? []) : one.about.map(gateway.refOf);
  const known = new Set(persons.flatMap((ref) => gateway.rowOf(ref)));
  const foreign = aliases.filter((alias) => !known.has(alias));
  const wrong = foreign.map(() => "an alias is no reference of anybody who was answered");
  if (!isList) return rowsProof === null ? wrong : [...wrong, "rowsProof, though no list was asked"];
  if (found === undefined) return [...wrong, "the persons that the list found are not in the log"];
  const named = refsIn(answer.data);
  return [
    ...wrong,
    ...(named.every((ref) => found.refs.includes(ref)) ? [] : ["the log does not hold each person of the list"]),
    ...(found.refs.length === new Set(named).size ? [] : ["the log holds other persons than the list"]),
    ...(proves(rowsProof, found.entry, world.log.pinned) ? [] : ["rowsProof does not prove that they are in the log"]),
  ];
}

function proves(proof: string | null, entry: Buffer, pinned: Trial["world"]["log"]["pinned"]): boolean {
  try {
    return proof !== null && verifyProof(proof, entry, pinned) !== undefined;
  } catch (error) {
    if (error instanceof WeftError) return false;
    throw error;
  }
}

function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "ref" && typeof member === "string" ? [member] : refsIn(member),
  );
}
