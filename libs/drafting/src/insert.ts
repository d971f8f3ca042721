import { type DocumentNode, GraphQLError, Kind, type ObjectTypeDefinitionNode, parse } from "graphql";
import { WeftError } from "#libs/terms";
import { isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";

/**
 * Text put into files that people edit. Every byte that was there stays: only places are looked up in the parsed file, and nothing is printed
 * anew.
 */

/** Puts members at the end of a block map. `snippet` is indented as `indent` says. Undefined where there is no such map. */
export function insertInMap(
  text: string,
  path: readonly string[],
  snippet: string,
  indent: number,
): string | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(map) || map.flow === true || map.items.length === 0) return undefined;
  const first = map.items[0]?.key;
  const start = isNode(first) ? (first.range?.[0] ?? 0) : 0;
  const found = lines.linePos(start).col - 1;
  const end = lineEndAfter(text, lastOffset(map));
  return text.slice(0, end) + shifted(snippet, found - indent) + text.slice(end);
}

/** Names of the members of a map. */
export function membersOf(text: string, path: readonly string[]): readonly string[] {
  const document = parseDocument(text);
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  return isMap(map) ? map.items.map(({ key }) => (isScalar(key) ? String(key.value) : "")) : [];
}

/** Where the last thing that is no collection of lines ends. */
function lastOffset(map: YAMLMap): number {
  const last = map.items.at(-1);
  const value = isNode(last?.value) ? last.value : undefined;
  if (isMap(value) && value.flow !== true && value.items.length > 0) return lastOffset(value);
  const node = value ?? (isNode(last?.key) ? last.key : undefined);
  return (node?.range?.[1] ?? 0) - 1;
}

function lineEndAfter(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

function shifted(snippet: string, by: number): string {
  if (by === 0) return snippet;
  const lines = snippet.split("\n");
  return lines
    .map((line) =>
      line === "" ? line : by > 0 ? " ".repeat(by) + line : line.slice(Math.min(-by, line.search(/\S|$/))),
    )
    .join("\n");
}

/** Puts fields at the end of a type. Undefined where the schema has no such type. */
export function insertInType(sdl: string, type: string, fields: string): string | undefined {
  const node = findType(sdl, type);
  const end = node?.loc?.end;
  if (end === undefined || sdl[end - 1] !== "}") return undefined;
  const before = sdl.slice(0, end - 1);
  return `${before}${before.endsWith("\n") ? "" : "\n"}${fields}\n${sdl.slice(end - 1)}`;
}

export function fieldsIn(sdl: string, type: string): readonly string[] {
  return (findType(sdl, type)?.fields ?? []).map(({ name }) => name.value);
}

/** All names of types, whatever their kind. */
export function typesIn(sdl: string): readonly string[] {
  return read(sdl).definitions.flatMap((node) => ("name" in node && node.name ? [node.name.value] : []));
}

function findType(sdl: string, type: string): ObjectTypeDefinitionNode | undefined {
  return read(sdl).definitions.find((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === type) as
    ObjectTypeDefinitionNode | undefined;
}

function read(sdl: string): DocumentNode {
  try {
    return parse(sdl);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new WeftError("CONTRACT_INVALID", {
      detail: `a schema is not GraphQL, line ${error.locations?.[0]?.line ?? 1}: weft contract check says what is right`,
    });
  }
}
