import { $RefParser } from "@apidevtools/json-schema-ref-parser";
import { WeftError } from "#libs/terms";

export type Json = Readonly<Record<string, unknown>>;

/** Looks at parts of one document, and hops between them: bounds for one that was written to be endless. */
const LOOKS = 50_000;
const HOPS = 8;

/**
 * A document's own parts. A reference is followed when somebody looks, within this document only: nothing is fetched, whatever it names, and
 * nothing is unfolded that nobody asked for.
 */
export interface References {
  /** An object, by reference or as it stands; undefined where there is none, or where it is elsewhere. */
  find(value: unknown): Json | undefined;
  /** The last name of a reference: `Member` of `#/components/schemas/Member`. */
  nameOf(value: unknown): string | undefined;
  /** References that lead elsewhere, and were not followed. */
  readonly elsewhere: ReadonlySet<string>;
}

export async function openReferences(document: Json): Promise<References> {
  const refs = await new $RefParser().resolve("/document", document, { resolve: { external: false } });
  const elsewhere = new Set<string>();
  let looks = 0;
  const follow = (pointer: string): unknown => {
    if (!pointer.startsWith("#/")) {
      elsewhere.add(pointer);
      return undefined;
    }
    try {
      return refs.get(pointer);
    } catch {
      return undefined;
    }
  };
  return {
    elsewhere,
    find(value) {
      let found = value;
      for (let hop = 0; hop < HOPS; hop++) {
        if (++looks > LOOKS) throw new WeftError("SOURCE_INVALID", { detail: "a document without end" });
        if (!isObject(found)) return undefined;
        const pointer = found["$ref"];
        if (typeof pointer !== "string") return found;
        found = follow(pointer);
      }
      return undefined;
    },
    nameOf(value) {
      const pointer = isObject(value) ? value["$ref"] : undefined;
      return typeof pointer === "string" ? pointer.split("/").at(-1) : undefined;
    },
  };
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objects(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
