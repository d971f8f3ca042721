import { readFileSync } from "node:fs";
import path from "node:path";
import { parseStrictYaml } from "#libs/terms";
import { z } from "zod";

/** What the register holds of somebody; see data/people.yaml. */
const PlannedReceipt = z.strictObject({
  /** Given when a case says so. */
  later: z.boolean().default(false),
  kind: z.enum(["consent", "objection", "protection"]).default("consent"),
  person: z.string().optional(),
  recipient: z.string().default("org:clinic"),
  purposes: z.array(z.string()).default(["referral"]),
  coordinates: z.array(z.string()).default(["TrialRecord.status", "TrialRecord.level"]),
  from: z.int().optional(),
  until: z.int().optional(),
  uses: z.int().optional(),
});
export type PlannedReceipt = z.output<typeof PlannedReceipt>;

const People = z.strictObject({
  persons: z.record(z.string(), z.strictObject({ key: z.string(), receipts: z.array(PlannedReceipt).default([]) })),
});
export type People = z.output<typeof People>["persons"];

export function readPeople(vectors: string): People {
  return People.parse(parseStrictYaml(readFileSync(path.join(vectors, "data", "people.yaml"), "utf8"))).persons;
}

/** One row of the register, by all its numbers. */
export interface Row {
  readonly keys: readonly string[];
}

export function readRows(vectors: string): readonly Row[] {
  const [, ...lines] = readFileSync(path.join(vectors, "data", "people.csv"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => {
    const [nid = "", number = ""] = line.split(",");
    return { keys: [`nid:${nid}`, `trial-no:${number}`] };
  });
}

/** What must never be in an answer, whoever asked: names, remarks, and codes that cannot be read. */
export function canariesIn(vectors: string): readonly string[] {
  const text = readFileSync(path.join(vectors, "data", "people.csv"), "utf8");
  return [...new Set(text.match(/[Cc]anary-[\w-]+|\b1\d{9}\b|\bT\d{5}\b|\bQT-\d{4}\b/g))];
}
