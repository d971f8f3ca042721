import {
  constructFromEvents,
  CORE_SCHEMA,
  type Event,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from "js-yaml";
import { WeftError } from "./error.js";

/** What is wrong with a text, in which of its lines (from 1), and what would be right. */
export interface YamlFault {
  readonly line: number;
  readonly wrong: string;
  readonly right: string;
}

export interface YamlText {
  readonly json: unknown;
  /** Line of the member at the path, or of the nearest one above it. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/**
 * One document of YAML 1.2, core schema, without anchors, aliases, tags and duplicate keys: a text has one meaning, and it is the one
 * that a person reads. Or everything that is wrong with it.
 */
export function readStrictYaml(text: string): YamlText | readonly YamlFault[] {
  try {
    const events = parseEvents(text, {});
    const faults = [...specialsIn(text, events), ...keysReadOtherwise(text, events)];
    if (faults.length > 0) return faults;
    const documents = constructFromEvents(events, { source: text, maxAliases: 0 });
    if (documents.length > 1) return [{ line: 1, wrong: "holds several documents", right: "one document a file" }];
    return { json: documents[0] ?? null, lineOf: (path) => lineIn(text, events, path) };
  } catch (error) {
    return [faultOf(text, error)];
  }
}

/** The same for who has no use for lines. Throws `REQUEST_MALFORMED`, which names the line. */
export function parseStrictYaml(text: string): unknown {
  const read = readStrictYaml(text);
  if ("json" in read) return read.json;
  const { line, wrong } = read[0]!;
  throw new WeftError("REQUEST_MALFORMED", { message: `Not well-formed YAML: line ${line}: ${wrong}.` });
}

function specialsIn(text: string, events: readonly Event[]): YamlFault[] {
  return events.flatMap((event) => {
    if (!("anchorStart" in event)) return [];
    const [start, what] =
      event.type === EVENT_ID.ALIAS
        ? [event.anchorStart, "an alias"]
        : event.anchorStart >= 0
          ? [event.anchorStart, "an anchor"]
          : [event.tagStart, "a tag"];
    if (start < 0) return [];
    return [{ line: lineAt(text, start), wrong: `uses ${what}`, right: "the value itself, written out" }];
  });
}

/** `01: x` would be the key 1, and `~: x` the key null: codes of a register, which whoever wrote them did not mean. */
function keysReadOtherwise(text: string, events: readonly Event[]): YamlFault[] {
  return [...keysAt(events)].flatMap((at) => {
    const key = events[at]!;
    if (key.type !== EVENT_ID.SCALAR || key.style !== SCALAR_STYLE.PLAIN) return [];
    const written = getScalarValue(text, key);
    const { value } = CORE_SCHEMA.resolveImplicitScalarTag(written);
    if (String(value) === written) return [];
    const wrong = `has the key ${written}, which is read as ${String(value)}`;
    return [{ line: lineOfEvent(text, events, at), wrong, right: `"${written}" in quotes` }];
  });
}

/** Where the keys of all mappings stand: in each, every other node. */
function* keysAt(events: readonly Event[]): Generator<number> {
  const open: { readonly mapping: boolean; nodes: number }[] = [];
  for (const [at, { type }] of events.entries()) {
    if (type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const parent = open.at(-1);
    if (parent?.mapping && parent.nodes % 2 === 0) yield at;
    if (parent) parent.nodes += 1;
    if (type !== EVENT_ID.SCALAR && type !== EVENT_ID.ALIAS)
      open.push({ mapping: type === EVENT_ID.MAPPING, nodes: 0 });
  }
}

function faultOf(text: string, error: unknown): YamlFault {
  const right = "YAML 1.2 without tags, anchors and merge keys";
  if (!(error instanceof YAMLException)) return { line: 1, wrong: "cannot be read", right };
  const line = lineAt(text, error.mark?.position ?? 0);
  return /duplicate/.test(error.reason)
    ? { line, wrong: "a key is given twice", right: "each key once" }
    : { line, wrong: error.reason, right };
}

function lineIn(text: string, events: readonly Event[], path: readonly PropertyKey[]): number {
  // The first event opens the document; the second, where there is one, is its content.
  let at = 1;
  let line = 1;
  for (const step of path) {
    const child = childOf(text, events, at, step);
    if (!child) break;
    line = lineOfEvent(text, events, child.marks);
    at = child.value;
  }
  return line;
}

/** Where the event stands that marks the member, and where the one that begins its value. */
function childOf(text: string, events: readonly Event[], at: number, step: PropertyKey) {
  const parent = events[at]?.type;
  if (parent !== EVENT_ID.MAPPING && parent !== EVENT_ID.SEQUENCE) return undefined;
  let index = 0;
  for (let next = at + 1; events[next]!.type !== EVENT_ID.POP; index++) {
    const marks = next;
    const value = parent === EVENT_ID.MAPPING ? behind(events, marks) : marks;
    const key = events[marks]!;
    const name = parent === EVENT_ID.SEQUENCE ? index : key.type === EVENT_ID.SCALAR && getScalarValue(text, key);
    if (name !== false && String(name) === String(step)) return { marks, value };
    next = behind(events, value);
  }
  return undefined;
}

/** Where the node that begins here is over. */
function behind(events: readonly Event[], at: number): number {
  let open = 0;
  do {
    const { type } = events[at++]!;
    if (type === EVENT_ID.POP) open -= 1;
    else if (type !== EVENT_ID.SCALAR && type !== EVENT_ID.ALIAS) open += 1;
  } while (open > 0);
  return at;
}

/** An empty value stands nowhere: it is told by what stands before it. */
function lineOfEvent(text: string, events: readonly Event[], at: number): number {
  const event = events[at];
  const start =
    event === undefined ? 0 : "valueStart" in event ? event.valueStart : "start" in event ? event.start : -1;
  return start >= 0 ? lineAt(text, start) : lineOfEvent(text, events, at - 1);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
