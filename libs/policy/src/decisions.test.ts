import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseStrictYaml } from "#libs/terms";
import { describe, expect, test } from "vitest";
import { decide } from "./decide.js";
import type { StrongSignIn, Verdict } from "./decision.js";
import { compilePolicy } from "./policy.js";
import { recordedAs } from "./recorded.js";
import {
  type AgreementInShort,
  type QuestionInShort,
  type TypeInShort,
  question,
  rulesOf,
  signed,
} from "./short.fixture.js";

const folder = fileURLToPath(new URL("../../../contracts/vectors/decisions/", import.meta.url));
const read = (name: string) => parseStrictYaml(readFileSync(folder + name, "utf8"));

interface Case {
  readonly name: string;
  readonly given: {
    readonly now?: string;
    readonly strongSignIn?: StrongSignIn | null;
    readonly agreements: readonly (string | (AgreementInShort & { name: string }))[];
  };
  readonly question: QuestionInShort;
  readonly wantDecision: Record<string, string | { readonly deny: string; readonly remedy: unknown }>;
  readonly wantRecord: { readonly denied: Record<string, string>; readonly sections: Record<string, unknown> };
}

const rules = rulesOf(read("given/fields.yaml") as TypeInShort[]);
const known = read("given/agreements.yaml") as Record<string, AgreementInShort>;
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
const cases = files.flatMap((file) => (read(file) as Case[]).map((it) => ({ file, ...it })));

describe("decision vectors", () => {
  test("there are at least thirty, each with a name of its own", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(30);
  });

  test.each(cases)("$file: $name", (it) => {
    const decision = decide(question(it.question), policyOf(it), new Date(it.given.now ?? "2026-11-22T09:00:00Z"));
    expect([...decision.verdicts.keys()].sort()).toEqual(Object.keys(it.wantDecision).sort());
    for (const [coordinate, verdict] of decision.verdicts) {
      const want = it.wantDecision[coordinate]!;
      expect({ [coordinate]: inShort(verdict, typeof want === "object") }).toEqual({ [coordinate]: want });
    }
    expect(recordInShort(recordedAs(decision))).toEqual(it.wantRecord);
  });
});

function policyOf({ given }: Case) {
  const agreements = given.agreements.map((it) => {
    const { name, ...parts } = typeof it === "string" ? { name: it } : it;
    return signed(parts.as ?? name, { ...known[name], ...parts });
  });
  const { strongSignIn = { acr: ["urn:orvanda:acr:smart-card"], maxAge: 300 } } = given;
  return compilePolicy(rules, agreements, strongSignIn ?? undefined);
}

function inShort(verdict: Verdict, withRemedy: boolean) {
  if (verdict.effect !== "deny") return verdict.effect;
  return withRemedy ? { deny: verdict.code, remedy: verdict.remedy } : verdict.code;
}

function recordInShort({ denied, sections }: ReturnType<typeof recordedAs>) {
  return {
    denied: Object.fromEntries(denied.map(({ coordinate, code }) => [coordinate, code])),
    sections: Object.fromEntries(
      sections.map(({ aud, grant, coordinates }) => [
        aud,
        { agreement: `${grant.agreement}@${grant.version}`, basis: grant.basis, fields: coordinates },
      ]),
    ),
  };
}
