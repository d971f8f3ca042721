import type { Agreement, CoordinateRule } from "#libs/policy";
import { enumValueOf, type OrgId, WeftError } from "#libs/terms";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { checkAgreements } from "./agreement-rules.js";
import { readDraft } from "./draft.js";
import { readFolder } from "./folder.js";
import { checkSchemas, type Rules } from "./load.js";
import { proposeMeaning } from "./meaning.js";
import { throwIfAny } from "./problem.js";
import { purposesOf } from "./purposes.js";
import type { Registry } from "./registry.js";

type Basis = Agreement["grants"][number]["basis"];

/** What the parties alone know. Which fields there are, the provider's schema says. */
export interface AgreementWish extends Pick<Agreement, "agreement" | "provider" | "consumer" | "summary" | "valid"> {
  readonly grant: Pick<Agreement["grants"][number], "purpose" | "basis" | "provision" | "subjects">;
  readonly limits: Agreement["limits"];
  readonly duties: Agreement["duties"];
  /** Also the lists that the schema opens: whoever may ask them sees persons that no case names. */
  readonly lists: boolean;
}

/** What a provider's schema opens for a purpose: on which grounds, and by each which fields. */
export interface Openings {
  readonly registry: Registry;
  readonly purposes: readonly string[];
  /** Ground in law -> type -> fields. */
  readonly fields: ReadonlyMap<Basis, Readonly<Record<string, readonly string[]>>>;
  /** Ground in law -> lists. */
  readonly lists: ReadonlyMap<Basis, readonly string[]>;
}

export async function openingsFor(dir: string, provider: OrgId, purpose: string): Promise<Openings> {
  const draft = readDraft(await readFolder(dir));
  const rules = checkSchemas(draft);
  return {
    registry: draft.registry.value,
    purposes: [...purposesOf(draft.purposes.value).keys()],
    ...openedBy(rules, provider, purpose),
  };
}

/** Only what can be granted by itself: what leads to it, and what stands beside it, comes along. */
export function openedBy(rules: Rules, provider: OrgId, purpose: string): Pick<Openings, "fields" | "lists"> {
  const fields = new Map<Basis, Record<string, string[]>>();
  const lists = new Map<Basis, string[]>();
  for (const rule of rules.values()) {
    if (rule.controller !== provider) continue;
    const [type = "", field = ""] = rule.coordinate.split(".");
    for (const basis of basesOf(rule, purpose)) {
      if (rule.kind === "entry") lists.set(basis, [...(lists.get(basis) ?? []), field]);
      if (rule.kind !== "value") continue;
      const opened = fields.get(basis) ?? {};
      fields.set(basis, { ...opened, [type]: [...(opened[type] ?? []), field] });
    }
  }
  return { fields, lists };
}

function basesOf({ releases }: CoordinateRule, purpose: string): readonly Basis[] {
  const bases = releases.filter(({ purposes }) => purposes.some((one) => one === purpose)).flatMap((it) => it.bases);
  return [...new Set(bases)].map((basis) => basis.toLowerCase().replaceAll("_", "-") as Basis);
}

/** Writes the agreement, which neither side has signed. Throws, and writes nothing, where it would not load but for signatures. */
export async function proposeAgreement(dir: string, wish: AgreementWish): Promise<string> {
  const draft = readDraft(await readFolder(dir));
  const rules = checkSchemas(draft);
  const { agreement: id, provider, grant } = wish;
  if (draft.agreements.some((it) => it.id === id)) throw refuse(`there is an agreement ${id} already`);
  const opened = openedBy(rules, provider, grant.purpose);
  const fields = opened.fields.get(grant.basis);
  if (fields === undefined)
    throw refuse(
      `${provider} opens no field for ${grant.purpose} on ${enumValueOf(grant.basis)}: name both in the @release of a field or type of its schema.graphql`,
    );
  const lists = wish.lists ? opened.lists.get(grant.basis) : undefined;
  const agreement = agreementOf(wish, { ...fields, ...(lists && { Query: lists }) });
  const file = `agreements/${id}/agreement.yaml`;
  const text = printAgreement({ ...agreement, meaning: proposeMeaning(agreement, draft.model) });
  // Judged as it would be loaded.
  throwIfAny(checkAgreements(readDraft(new Map([...draft.folder, [file, text]])), rules));
  await mkdir(path.dirname(path.join(dir, file)), { recursive: true });
  await writeFile(path.join(dir, file), text, { flag: "wx" });
  return file;
}

function agreementOf(wish: AgreementWish, fields: Readonly<Record<string, readonly string[]>>): Agreement {
  const { grant, agreement, provider, consumer, summary, valid, limits, duties } = wish;
  const granted = Object.fromEntries(Object.entries(fields).map(([type, names]) => [type, [...names]]));
  return {
    agreement,
    version: 1,
    state: "active",
    provider,
    consumer,
    summary,
    valid,
    grants: [{ ...grant, fields: granted, filters: [] }],
    operations: { mode: "within-grant", folder: "operations/" },
    limits,
    duties,
    options: { discloseConsentState: false, callerProof: "none", listRecording: "provider" },
    meaning: "" as Agreement["meaning"],
  };
}

/** As people write it by hand; JSON's strings are YAML's. */
function printAgreement(agreement: Agreement): string {
  const { summary, valid, grants, operations, limits, duties, options } = agreement;
  const [grant] = grants;
  const flow = (object: object) =>
    `{ ${Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(
        ([name, value]) =>
          `${name}: ${typeof value === "string" && /[:"\s]/.test(value) ? JSON.stringify(value) : value}`,
      )
      .join(", ")} }`;
  return [
    `agreement: ${agreement.agreement}`,
    `version: ${agreement.version}`,
    `state: ${agreement.state}`,
    `provider: ${agreement.provider}`,
    `consumer: ${agreement.consumer}`,
    "summary:",
    ...Object.entries(summary).map(([language, text]) => `  ${language}: ${JSON.stringify(text)}`),
    `valid: { from: "${valid.from}", until: "${valid.until}" }`,
    "grants:",
    `  - purpose: ${grant?.purpose}`,
    `    basis: ${grant?.basis}`,
    `    provision: ${JSON.stringify(grant?.provision)}`,
    `    subjects: ${grant?.subjects}`,
    "    fields:",
    ...Object.entries(grant?.fields ?? {}).map(([type, names]) => `      ${type}: [${names.join(", ")}]`),
    "    filters: []",
    `operations: ${flow(operations)}`,
    `limits: ${flow(limits)}`,
    `duties: ${flow(duties)}`,
    `options: ${flow(options)}`,
    `meaning: "${agreement.meaning}"`,
    "",
  ].join("\n");
}

function refuse(detail: string): WeftError {
  return new WeftError("CONTRACT_INVALID", { detail, message: `Not written: ${detail}.` });
}
