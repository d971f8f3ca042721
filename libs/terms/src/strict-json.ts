import { WeftError } from "./error.js";

/**
 * JSON.parse that refuses duplicate keys, as DESIGN's formats ask: two readers of one text must never see two meanings.
 *
 * JSON.parse is the parser; a second walk over the text counts member names per object. It runs only where the text repeats a
 * name at all, which small well-formed objects rarely do.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WeftError("REQUEST_MALFORMED", { message: "Not well-formed JSON." });
  }
  if (hasDuplicateMember(text)) throw new WeftError("REQUEST_MALFORMED", { message: "A JSON member is given twice." });
  return value;
}

function hasDuplicateMember(text: string): boolean {
  const objects: (Set<string> | null)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const found = match[0];
    if (found === "{") objects.push(new Set());
    else if (found === "[") objects.push(null);
    else if (found === "}" || found === "]") objects.pop();
    else if (match[1] !== undefined) {
      const name = JSON.parse(found.slice(0, found.lastIndexOf('"') + 1)) as string;
      const members = objects.at(-1);
      if (!members) continue;
      if (members.has(name)) return true;
      members.add(name);
    }
  }
  return false;
}
