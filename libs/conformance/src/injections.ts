import type { Case, Question } from "./cases.js";
import { findAnswer } from "./judge.js";
import { ask, judged, type Trial } from "./asking.js";
import type { Reply } from "./reply.js";

/** Questions under way at one time. The mapping lets them wait for a connection for seconds. */
const AT_ONCE = 8;
/** Aliases of one field in one text. */
const ALIASES = 50;
/** A sealed person has room for 31 bytes, the scheme's name and its colon among them. */
const KEY_ROOM = 27;

/**
 * Each text of data/injections.json in one argument, or in the number of a person. Free texts are in an answer what any unknown text
 * is; where a closed list, a number or a cursor is wanted, they are refused. What is asked afterwards is answered as it was before.
 */
export async function injectionsInto(one: Case, trial: Trial): Promise<readonly string[]> {
  const before = await ask(control, trial);
  const wrong = await (one.into === "key" ? intoKeys : one.into === "aliases" ? intoAliases : intoArgument)(one, trial);
  const after = await ask(control, trial);
  const changed = JSON.stringify(findAnswer(before)?.data) !== JSON.stringify(findAnswer(after)?.data);
  return [...new Set([...wrong, ...(changed ? ["what is asked afterwards is answered in another way"] : [])])].slice(
    0,
    5,
  );
}

/** Two persons whose answer would show that something was changed. */
const control: Case = {
  case: "control",
  why: "",
  spec: "",
  ask: "standing",
  about: ["hana", "tomas"],
  variables: {},
  record: {},
  send: {},
  others: [],
  next: {},
  or: [],
  expect: { data: {}, errors: [], withheld: 0 },
};

async function intoArgument(one: Case, trial: Trial): Promise<readonly string[]> {
  const waiting = [...trial.vectors.injections];
  const wrong: string[] = [];
  const worker = async () => {
    for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
      const variables = { ...one.variables, [one.into ?? ""]: text };
      const reply = await ask({ ...one, variables }, trial);
      const says = isRefusedAs(one, reply, trial) ? [] : judged(reply, one, trial);
      wrong.push(...says.map((line) => `${JSON.stringify(text.slice(0, 60))}: ${line}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return wrong;
}

/** All of them as numbers of persons, in one question: everybody is somebody whom the register does not know. */
async function intoKeys(one: Case, trial: Trial): Promise<readonly string[]> {
  const about = trial.vectors.injections.map((text) => `nid:${cut(text)}`);
  const reply = await ask({ ...one, about }, trial);
  const answer = findAnswer(reply);
  if (answer === undefined) return judged(reply, one, trial);
  const { _entities: persons = [] } = answer.data as { _entities?: unknown[] };
  const empty = persons.filter((person) => JSON.stringify(person) === JSON.stringify({ trial: null }));
  return empty.length === about.length ? [] : [`of ${about.length} unknown numbers ${empty.length} were not available`];
}

/** A free argument, many times in one text; where such a text is refused, each of its values alone. `expect` is one field's. */
async function intoAliases(one: Case, trial: Trial): Promise<readonly string[]> {
  const { injections } = trial.vectors;
  const wrong: string[] = [];
  for (let at = 0; at < injections.length; at += ALIASES)
    wrong.push(...(await intoFields(injections.slice(at, at + ALIASES), one, trial)));
  return wrong;
}

async function intoFields(some: readonly string[], one: Case, trial: Trial): Promise<readonly string[]> {
  const question = aliased(trial.vectors.questions[one.ask]!, some.length);
  const variables = Object.fromEntries(some.map((text, n) => [`a${n}`, text]));
  const fields = Object.fromEntries(some.map((_, n) => [`a${n}`, "MISMATCH"]));
  const expect = { data: { _entities: [{ trial: fields }] }, errors: [], withheld: 0 };
  const reply = await ask({ ...one, variables }, trial, { question });
  if (!isRefusedAs(one, reply, trial)) return judged(reply, { ...one, expect }, trial);
  if (some.length === 1) return [];
  const each = await Promise.all(some.map((text) => intoFields([text], one, trial)));
  return each.flat();
}

function isRefusedAs(one: Case, reply: Reply, trial: Trial): boolean {
  return one.or.length > 0 && judged(reply, { ...one, expect: { refused: one.or } }, trial).length === 0;
}

function aliased(question: Question, count: number): Question {
  const all = Array.from({ length: count }, (_, n) => n);
  const declared = all.map((n) => `$a${n}:String!`).join(",");
  const fields = all.map((n) => `a${n}:accountMatch(account:$a${n})`).join(" ");
  const text = `query($representations:[_Any!]!,${declared}){_entities(representations:$representations){...on Person{trial{${fields}}}}}`;
  return { ...question, text };
}

/** Whole characters only. */
function cut(text: string): string {
  let short = text;
  while (Buffer.byteLength(short) > KEY_ROOM) short = short.slice(0, -1);
  return short.isWellFormed() ? short : short.slice(0, -1);
}
