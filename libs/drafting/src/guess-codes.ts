import type { PlannedCodes, PlannedTest } from "./plan.js";
import { unlike } from "./words.js";

/** Code lists of one draft: each under a name of its own, and the same list once. */
export class CodeNames {
  readonly #lists = new Map<string, PlannedCodes>();
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  all(): readonly PlannedCodes[] {
    return [...this.#lists.values()];
  }

  /** Yes and no, as the database writes them. */
  truth(): PlannedCodes {
    return this.#once("truth", "truth", (name) => ({
      name,
      inline: [
        ["true", "YES"],
        ["false", "NO"],
        ["1", "YES"],
        ["0", "NO"],
      ],
      remarks: [],
    }));
  }

  table(
    field: string,
    from: { table: string; code: string; label: string; where: readonly PlannedTest[] },
  ): PlannedCodes {
    return this.#once(`${from.table}.${from.code}`, field, (name) => ({
      name,
      from,
      remarks: [{ kind: "guess", text: "a table of codes" }],
    }));
  }

  /** `values`: as they are stored. */
  inline(
    field: string,
    key: string,
    values: readonly string[],
    more: Pick<PlannedCodes, "enum" | "remarks">,
  ): PlannedCodes {
    const names = enumNames(values);
    return this.#once(key, field, (name) => ({
      name,
      inline: values.map((value, i) => [value, names[i] ?? ""] as const),
      ...more,
    }));
  }

  #once(key: string, wish: string, make: (name: string) => PlannedCodes): PlannedCodes {
    const known = this.#lists.get(key);
    if (known) return known;
    const name = unlike(wish, this.#taken);
    this.#taken.add(name);
    const made = make(name);
    this.#lists.set(key, made);
    return made;
  }
}

/** `1` -> CODE_1; `m` -> M. */
export function enumNames(values: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return values.map((value) => {
    const plain = value
      .toUpperCase()
      .replaceAll(/[^0-9A-Z]+/g, "_")
      .replaceAll(/^_+|_+$/g, "");
    const name = unlike(
      /^[A-Z]/.test(plain) && !["TRUE", "FALSE", "NULL"].includes(plain) ? plain : `CODE_${plain}`,
      taken,
    );
    taken.add(name);
    return name;
  });
}
