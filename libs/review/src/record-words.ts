import {
  type CallerPart,
  type DisclosedSectionView,
  type EmergencyPart,
  type ErasurePart,
  type OutcomePart,
  readDisclosures,
  RECORD_TYP,
  RecordPayload,
  type RequestPart,
  type TakenPart,
  type ReviewPart,
} from "#libs/access-log";
import { type Code, codes, type Coordinate, parseJws, WeftError } from "#libs/terms";
import type { Names } from "./names.js";

/** One entry of the log with what it discloses. */
export interface OpenRecord {
  readonly index: number;
  readonly payload: RecordPayload;
  readonly caller: CallerPart | undefined;
  readonly request: RequestPart | undefined;
  readonly outcome: OutcomePart | undefined;
  readonly taken: TakenPart | undefined;
  readonly review: ReviewPart | undefined;
  readonly erasure: ErasurePart | undefined;
  readonly sections: readonly DisclosedSectionView[];
  /** Its disclosures were erased; what is left proves that there was a record. */
  readonly isErased: boolean;
}

/** Throws RECORD_REJECTED where the disclosures are not the ones that the signed part commits to. */
export function openRecord(index: number, jwt: string, disclosures: readonly string[] | null): OpenRecord {
  const read = RecordPayload.safeParse(parseJws(jwt, RECORD_TYP).payload);
  if (!read.success) throw new WeftError("RECORD_INVALID");
  const { named, sections } = readDisclosures(disclosures ?? [], read.data);
  return {
    index,
    payload: read.data,
    caller: named.get("caller") as CallerPart | undefined,
    request: named.get("request") as RequestPart | undefined,
    outcome: named.get("outcome") as OutcomePart | undefined,
    taken: named.get("taken") as TakenPart | undefined,
    review: named.get("review") as ReviewPart | undefined,
    erasure: named.get("erasure") as ErasurePart | undefined,
    sections,
    isErased: disclosures === null,
  };
}

/** The record as one paragraph that a citizen could be read: who asked whom, why, on what ground, what, about how many, and what was refused. */
export function recordInWords(record: OpenRecord, names: Names): string {
  const { index, payload } = record;
  const opening = `Record ${index} of ${payload.log}, ${instant(payload.iat)}, written by ${payload.iss}.`;
  if (record.isErased) return `${opening} What it said was erased in time; that it was there can still be proven.`;
  return [opening, ...bodies[payload.kind](record, names), parentOf(record)]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

type Words = (record: OpenRecord, names: Names) => string[];

const bodies: Readonly<Record<RecordPayload["kind"], Words>> = {
  intent: (record, names) => [
    asked(record, names),
    ...record.sections.map((view) => askedOf(view, record, names)),
    denied(record, names) || (record.request ? "Nothing was refused." : ""),
  ],
  rows: ({ sections }, names) => sections.map((view) => found(view, names)),
  outcome: ({ outcome }, names) => ended(outcome, names),
  refusal: (record, names) => [asked(record, names), turnedAway(record), denied(record, names)],
  review: looked,
  erasure: ({ erasure }) => [erased(erasure)],
  heartbeat: ({ taken }, names) => [
    taken
      ? `${names.organisation(taken.aud)} says that it took ${count(taken.count, "record")} of ${taken.day}.`
      : "Nothing was asked; the log shows that it runs.",
  ],
};

function asked({ caller, sections, payload }: OpenRecord, names: Names): string {
  if (!caller) return "Who asked is not disclosed.";
  const persons = payload.kind === "intent" ? ` ${about(sections)}` : "";
  const who = `${names.organisation(caller.consumer)} (${caller.officer}, with ${caller.client})`;
  const forCase = caller.case === undefined ? "without a case" : `case ${caller.case}`;
  return `${who} asked${persons} for the purpose "${names.purpose(caller.purpose)}", ${forCase}.`;
}

function looked({ caller, review }: OpenRecord, names: Names): string[] {
  if (!caller || !review) return ["Who looked is not disclosed."];
  const who = `${names.organisation(caller.consumer)} (${caller.officer}, with ${caller.client})`;
  const reach = { all: "all records", own: "the records that concern it", person: "one person's records" }[
    review.scope
  ];
  const forCase = `for the purpose "${names.purpose(caller.purpose)}", case ${caller.case ?? "not named"}`;
  return [`${who} reviewed ${reach} ${forCase}.`, lookInWords(review.look)];
}

function lookInWords(look: ReviewPart["look"]): string {
  if (look.kind === "record") return `It opened record ${look.index}.`;
  if (look.kind === "reveal")
    return `Step "${look.step}" towards knowing who ${look.officer} of record ${look.of} is (${look.reason}).`;
  if (look.kind === "investigation") {
    const said = [look.to && `of the ${look.to}`, look.reply, look.outcome].filter((word) => word !== undefined);
    const about = `an investigation of ${look.of.length === 1 ? "record" : "records"} ${look.of.join(", ")}`;
    return `Step "${look.step}" of ${about} (${[look.reason, ...said].join(", ")}).`;
  }
  if (look.kind === "summary")
    return `It looked at a summary from ${look.from} to ${look.until}, and at ${count(look.sample.size, "access", "accesses")} drawn by lot.`;
  if (look.kind === "consents") return `It counted the consents of ${look.from} to ${look.until}.`;
  if (look.kind === "suspend")
    return `It suspended agreement ${look.agreement}, version ${look.version}, at once (${look.reason}).`;
  if (look.kind === "watch") return `The console's rules read what follows record ${look.after}.`;
  if (look.kind === "explain") return `The console's rules asked for the cases of ${look.questions.length} accesses.`;
  if (look.kind === "relate")
    return `The console's rules asked whether officers live with those whom they asked about, of ${count(look.pairs.length, "access", "accesses")}.`;
  if (look.kind === "offices")
    return `It asked which offices keep ${count(look.cases.length, "case", "cases")}, counted.`;
  if (look.kind === "request") return `Step "${look.step}" of a request.`;
  const { subjects, ...terms } = look.query;
  const words = Object.entries(terms).map(([name, value]) => `${name} ${[value].flat().join(" or ")}`);
  const one = subjects === undefined ? [] : ["one person, by references that only their ministries can read"];
  const wanted = [...one, ...words];
  const sought = wanted.length === 0 ? "everything" : wanted.join(", ");
  if (look.kind === "accesses") return `It took the accesses for ${usesInWords[look.use]}: ${sought}.`;
  return look.kind === "export" ? `It took away a list of ${sought} (${look.reason}).` : `It looked for ${sought}.`;
}

const usesInWords = {
  letter: "the letter to the person",
  part: "its part of another organisation's letter",
  portal: "the person, who signed in at its portal",
} as const;

function about(sections: readonly DisclosedSectionView[]): string {
  const largest = Math.max(0, ...sections.map(({ referred }) => referred));
  const isList = sections.some(({ section }) => section.scope !== null);
  if (largest === 0) return isList ? "about the persons of a list" : "about nobody in particular";
  return isList ? `about ${persons(largest)} and those of a list` : `about ${persons(largest)}`;
}

function askedOf({ section, referred }: DisclosedSectionView, { caller }: OpenRecord, names: Names): string {
  const fields = section.fetches.flatMap(({ coordinates }) => coordinates);
  const inputs = section.fetches.flatMap((fetch) => fetch.inputs);
  const provision = names.provision(section.agreement, caller?.purpose);
  const ground = `${basisOf(section.basis)}${provision === undefined ? "" : `, ${provision}`}`;
  const scope = section.scope === null ? persons(referred) : `at most ${persons(section.scope.maxRows)} of a list`;
  return [
    `${names.organisation(section.aud)} was asked about ${scope}`,
    ` on the ground of ${ground} (agreement ${section.agreement}, version ${section.version})`,
    `: ${fieldList(fields, names)}`,
    inputs.length === 0 ? "" : `; it was told ${fieldList(inputs, names)}`,
    section.consents.length === 0 ? "" : `; ${count(section.consents.length, "consent receipt")} came along`,
    ".",
    emergencyInWords(section.callerProof?.emergency),
  ].join("");
}

function emergencyInWords(emergency: EmergencyPart | undefined): string {
  if (emergency === undefined) return "";
  const { reason, acr, authTime } = emergency;
  return ` The reason given was "${reason}"; the officer had signed in by ${acr} at ${instant(authTime)}.`;
}

function denied({ request }: OpenRecord, names: Names): string {
  const items = request?.denied ?? [];
  if (items.length === 0) return "";
  const byCode = Map.groupBy(items, ({ code }) => code);
  const parts = [...byCode].map(([code, group]) => {
    const coordinates = group.map(({ coordinate }) => coordinate);
    return `${fieldList(coordinates, names)} (${reasonOf(code)})`;
  });
  return `Refused: ${parts.join("; ")}.`;
}

function turnedAway({ request }: OpenRecord): string {
  const ended = request?.refused;
  if (!ended) return "The request was refused; nothing was read.";
  const times = ended.times === 1 ? "The request was refused" : `${ended.times} requests were refused`;
  return `${times}: ${reasonOf(ended.code)}. Nothing was read.`;
}

function found({ section, referred }: DisclosedSectionView, names: Names): string {
  return `${names.organisation(section.aud)} found ${persons(referred)} by a list and recorded them before it answered.`;
}

function ended(outcome: OutcomePart | undefined, names: Names): string[] {
  if (!outcome) return ["How it ended is not disclosed."];
  const how = {
    answered: "The question was answered.",
    partial: "The question was answered in part.",
    refused: "Nothing was answered.",
    interrupted: "No end was reported; the log closed the record by itself.",
  }[outcome.status];
  const sources = outcome.sources.map(({ provider, persons: number, withheld, aliases }) => {
    const more = aliases.length === 0 ? "" : `, ${count(aliases.length, "further reference")} of the same persons`;
    return `${names.organisation(provider)} looked up ${persons(number)} and withheld ${persons(withheld)}${more}.`;
  });
  return [how, ...sources];
}

function erased(erasure: ErasurePart | undefined): string {
  if (!erasure) return "What older records said was erased, as the law on keeping them asks.";
  const what = {
    record: `What ${count(erasure.records, "record")} said was erased, each by itself.`,
    person: `A person was erased from ${count(erasure.records, "record")}.`,
    retention: `What ${count(erasure.records, "record")} from before ${erasure.before ?? "a certain day"} said was erased, as ${erasure.agreement === undefined ? "the law on keeping them" : `the agreement ${erasure.agreement}`} asks.`,
  };
  return what[erasure.class];
}

function parentOf({ payload }: OpenRecord): string {
  return payload.parent === undefined ? "" : `It belongs to the request ${payload.parent}.`;
}

function fieldList(coordinates: readonly Coordinate[], names: Names): string {
  const telling = coordinates.filter((coordinate) => !names.isStructure(coordinate));
  const labels = [...new Set(telling.map((coordinate) => names.field(coordinate)))].map((label) => `"${label}"`);
  return labels.length === 0 ? "no field" : labels.join(", ");
}

const persons = (number: number): string => count(number, "person");

function count(number: number, what: string, many = `${what}s`): string {
  return `${number} ${number === 1 ? what : many}`;
}

function basisOf(basis: string): string {
  return basis.toLowerCase().replaceAll("_", " ");
}

function reasonOf(code: Code): string {
  const { message } = codes[code];
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, "");
}

function instant(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}
