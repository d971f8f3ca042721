import { WeftError } from "#libs/terms";
import { flow, scalar } from "../adapter-text.js";
import type { Hanging } from "../relations.js";
import { quoted } from "../schema-text.js";
import { oneLine } from "../words.js";
import type { LookUp } from "./look-up.js";
import type { Auth, Input } from "./service.js";
import type { ServiceQuestion } from "./survey-service.js";

/** As many calls at once as `protect.connections` of a draft says. */
const AT_ONCE = 2;

/** `source` of adapter.yaml, line by line. `variable`: what the names of its variables begin with. */
export function serviceSource(question: ServiceQuestion, variable: string): string {
  const { service, person, hanging } = question;
  const wsdl = service.kind === "soap" ? `  wsdl: env:${variable}_WSDL # the document of this draft\n` : "";
  const place = service.place === undefined ? "" : ` # guess: ${oneLine(service.place)}, says its document`;
  const health = service.health === undefined ? "" : `  health: ${scalar(service.health)} # guess\n`;
  const resources = [person, ...hanging.map(({ table }) => table)].map(({ name }) => resourceText(question, name));
  return `  kind: ${service.kind}
  url: env:${variable}_URL${place}
${wsdl}${authText(service.auth, variable)}${health}${service.notes.map((note) => `  # ask: ${oneLine(note)}\n`).join("")}  resources:
${resources.join("")}`;
}

function authText(auth: Auth | undefined, variable: string): string {
  if (auth === undefined)
    return "  # ask: how does it know who asks? auth: { bearer: env:… }, { header: X-Api-Key, value: env:… } or { basic: … }\n";
  if (auth.as === "other")
    return `  # ask: it wants ${oneLine(auth.said)}, which is not offered: is there a token for a machine? auth: { bearer: env:… }
`;
  if (auth.as === "bearer") return `  auth: { bearer: env:${variable}_TOKEN } # guess\n`;
  if (auth.as === "basic")
    return `  auth: { basic: { user: env:${variable}_USER, password: env:${variable}_PASSWORD } } # guess\n`;
  return `  auth: { header: ${scalar(auth.name)}, value: env:${variable}_KEY } # guess\n`;
}

/** One thing that the service holds, and how it is asked for. Throws SOURCE_INVALID where it is asked by no number that persons have. */
export function resourceText(question: ServiceQuestion, table: string): string {
  const lookUp = question.lookUps.get(table);
  if (!lookUp) throw new WeftError("SOURCE_INVALID", { detail: `nothing finds ${oneLine(table)}` });
  const request = requestText(question, lookUp, wordsOf(question, lookUp, table));
  const isPerson = table === question.person.name;
  const fault =
    question.service.kind === "soap" ? "      # ask: which fault says that nobody was found? none: [CODE]\n" : "";
  const identify = isPerson && question.identifiers.identifiers.length > 1 ? `      identify: ${request}\n` : "";
  return `    ${scalar(table)}:\n${remarks(lookUp)}${lookUp.isBatch ? "" : fault}${identify}      values: ${request}\n`;
}

function remarks({ operation, isBatch, open, hasNumberedPages, keys }: LookUp): string {
  const lines = [
    `guess: ${oneLine(operation.name)}${isBatch ? ": all persons in one call" : ""}`,
    ...(isBatch ? [] : [noBatch]),
    ...(keys.some(({ input }) => input.place === "path")
      ? ["ask: the number stands in the address, and so in every log on the way: is there another look-up?"]
      : []),
    ...(open.length === 0
      ? []
      : [`ask: it wants ${open.map(({ name }) => oneLine(name)).join(", ")} too: what is to be sent?`]),
    ...(hasNumberedPages
      ? [
          "ask: its answers come in numbered pages, of which the first is read: do all rows fit? perCall: fewer persons a call",
        ]
      : []),
  ];
  return lines.map((line) => `      # ${line}\n`).join("");
}

const noBatch = `no batch look-up: N persons are N calls, at most ${AT_ONCE} at once (protect.connections)`;

/** For the terminal: what is asked one person at a time. */
export function batchNotes({ lookUps, person, hanging }: ServiceQuestion): readonly string[] {
  return [person, ...hanging.map(({ table }) => table)]
    .filter(({ name }) => lookUps.get(name)?.isBatch === false)
    .map(({ name }) => `${oneLine(name)}: ${noBatch}`);
}

interface KeyWord {
  readonly input: Input;
  readonly column: string;
  readonly isAsked: boolean;
  readonly word: string;
}

function wordsOf({ identifiers, hanging }: ServiceQuestion, { keys }: LookUp, table: string): readonly KeyWord[] {
  const on = hanging.find((each: Hanging) => each.table.name === table)?.on;
  const words = keys.flatMap((key) => {
    const column = on === undefined ? key.column : on[key.column];
    const found = identifiers.identifiers.find((each) => each.column === column);
    return found ? [{ ...key, word: `$${found.scheme}` }] : [];
  });
  if (words.length > 0) return words;
  throw new WeftError("SOURCE_INVALID", {
    detail: `${oneLine(table)} is asked for by ${keys.map(({ input }) => oneLine(input.name)).join(", ")}, which numbers nobody here: --identifier MEMBER=SCHEME says which member does`,
  });
}

function requestText({ service }: ServiceQuestion, lookUp: LookUp, keys: readonly KeyWord[]): string {
  const { operation, columns, next, fixed, isBatch } = lookUp;
  const isRest = service.kind === "rest";
  const sent = [
    ...keys.map(({ input, word }) => ({ input, text: word })),
    ...(columns ? [{ input: columns, text: "$columns" }] : []),
    ...(next && !isRest ? [{ input: next.input, text: "$next" }] : []),
    ...fixed.map(({ input, value }) => ({
      input,
      text: input.place === "body" && input.largest !== null ? value : quoted(value),
    })),
  ];
  const asked = keys.filter(({ isAsked }) => isAsked && !isBatch);
  const query = sent.filter(({ input }) => input.place === "query");
  const body = sent.filter(({ input }) => input.place === "body");
  const words = new Map(keys.map(({ input, word }) => [`{${input.name}}`, word]));
  const path = operation.path
    .split("/")
    .map((part) => words.get(part) ?? part)
    .join("/");
  const entries: (readonly [string, string] | undefined)[] = [
    ...(isRest
      ? [["method", operation.method] as const, ["path", quoted(path)] as const]
      : [["operation", scalar(operation.name)] as const]),
    query.length > 0 ? ["query", flow(query.map(({ input, text }) => [scalar(input.name), text]))] : undefined,
    body.length > 0 ? ["body", bodyText(body)] : undefined,
    ["rows", quoted(operation.rows)],
    next ? ["next", quoted(`$.${next.member}`)] : undefined,
    next && isRest ? ["nextAs", scalar(next.input.name)] : undefined,
    isBatch ? undefined : ["perCall", "1"],
    asked.length > 0 ? ["asked", flow(asked.map(({ column, word }) => [scalar(column), word]))] : undefined,
    operation.says404 && !isBatch ? ["none", "[404]"] : undefined,
  ];
  return flow(entries.filter((entry) => entry !== undefined));
}

interface Sent {
  readonly input: Input;
  readonly text: string;
}

/** Members within members, as the inputs say. */
function bodyText(sent: readonly Sent[], depth = 0): string {
  const here = sent.filter(({ input }) => input.within.length === depth);
  const inner = Map.groupBy(
    sent.filter(({ input }) => input.within.length > depth),
    ({ input }) => input.within[depth] ?? "",
  );
  return flow([
    ...here.map(({ input, text }) => [scalar(input.name), text] as const),
    ...[...inner].map(([name, some]) => [scalar(name), bodyText(some, depth + 1)] as const),
  ]);
}
