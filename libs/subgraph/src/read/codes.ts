import type { CodeListConfig } from "./config.js";

/** A MIS's code list in both directions. */
export interface CodeList {
  /** Undefined: the code is not in the list. Null: the code stands for nothing. */
  decode(stored: string): string | null | undefined;
  /** Every stored code of a value; none where the value has no code here. */
  encode(value: string): readonly string[];
}

export function codeList(entries: Iterable<readonly [string, string | null]>): CodeList {
  const labels = new Map<string, string | null>();
  const stored = new Map<string, string[]>();
  for (const [code, label] of entries) {
    labels.set(code, label);
    if (label === null) continue;
    const codes = stored.get(label);
    if (codes) codes.push(code);
    else stored.set(label, [code]);
  }
  return {
    decode(code) {
      const label = labels.get(code);
      return label === undefined ? labels.get(code.trim()) : label;
    },
    encode: (value) => stored.get(value) ?? [],
  };
}

/** The code lists of adapter.yaml: those written there, and those that are tables of the MIS, which it may change. */
export class CodeLists {
  readonly #lists = new Map<string, CodeList>();

  constructor(configs: Readonly<Record<string, CodeListConfig>>) {
    for (const [name, config] of Object.entries(configs)) {
      if (!isTable(config)) this.#lists.set(name, codeList(Object.entries(config)));
    }
  }

  set(name: string, list: CodeList): void {
    this.#lists.set(name, list);
  }

  find(name: string): CodeList | undefined {
    return this.#lists.get(name);
  }
}

export type CodeTableConfig = Extract<CodeListConfig, { readonly from: string; readonly code: string }>;

export function isTable(config: CodeListConfig): config is CodeTableConfig {
  return "from" in config && "code" in config && "label" in config;
}

export function codeTables(
  configs: Readonly<Record<string, CodeListConfig>>,
): readonly (readonly [string, CodeTableConfig])[] {
  return Object.entries(configs).flatMap(([name, config]) => (isTable(config) ? [[name, config] as const] : []));
}
