import { z } from "zod";

/**
 * What the console's pages and its server say to each other: JSON under `/api`, one schema, one type, one name. Nothing here needs Node.js.
 * Every refusal is `{"errors":[{"message","extensions":{"code"}}]}` with a code of the closed set.
 */
const party = (kind: string) => z.string().regex(new RegExp(`^(?=.{3,64}$)${kind}:[a-z0-9._-]+$`));
const index = z.int().min(0);
const instant = z.iso.datetime({ offset: false });
const code = z.string().regex(/^[a-z][a-z0-9-]{1,63}$/);
const caseId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/);
const coordinate = z.string().regex(/^[_A-Za-z][_0-9A-Za-z]*\.[_A-Za-z][_0-9A-Za-z]*$/);
const few = <T extends z.ZodType>(of: T) => z.array(of).min(1).max(64).readonly();

export const Role = z.enum(["dpo", "authority", "second-reviewer"]);
export type Role = z.infer<typeof Role>;

/** Why somebody looks: a citizen's request or an investigation, by its number. Each look-up is a record that says so. */
export const Occasion = z.strictObject({ purpose: z.enum(["audit", "data-subject-rights"]), case: caseId }).readonly();
export type Occasion = z.infer<typeof Occasion>;

/** As it was typed. It is sealed at once for every ministry, and kept, logged and recorded nowhere. */
export const TypedPerson = z.strictObject({ scheme: z.string().max(32), number: z.string().min(1).max(64) }).readonly();
export type TypedPerson = z.infer<typeof TypedPerson>;

/** All that is given must hold; of a list, one of it. */
export const Terms = z
  .strictObject({
    /** Several numbers of one person. */
    persons: z.array(TypedPerson).min(1).max(8).readonly().optional(),
    officer: party("officer").optional(),
    client: z
      .string()
      .regex(/^(?=.{3,64}$)(client|review):[a-z0-9._-]+$/)
      .optional(),
    consumer: party("org").optional(),
    provider: party("org").optional(),
    purposes: few(code).optional(),
    coordinates: few(coordinate).optional(),
    agreement: code.optional(),
    case: caseId.optional(),
    kinds: few(z.enum(["intent", "rows", "outcome", "refusal", "review", "erasure", "heartbeat"])).optional(),
    outcomes: few(z.enum(["answered", "partial", "refused", "interrupted", "open", "erased"])).optional(),
    /** When the log took the record: `from` inclusive, `until` exclusive. */
    from: instant.optional(),
    until: instant.optional(),
    /** Index of an access's first record: that one and all that followed from it. */
    access: index.optional(),
  })
  .readonly();
export type Terms = z.infer<typeof Terms>;

export const Facet = z.enum(["consumer", "provider", "officer", "purpose", "coordinate", "kind", "outcome"]);

/** `POST /api/search` */
export const SearchRequest = z
  .strictObject({
    occasion: Occasion,
    terms: Terms,
    limit: z.int().min(1).max(200).default(50),
    /** The `next` of the page before. */
    before: index.optional(),
    facets: z.array(Facet).max(7).readonly().default([]),
    /** Buckets of the timeline; none unless told. */
    every: z.enum(["hour", "day", "month"]).optional(),
  })
  .readonly();
export type SearchRequest = z.input<typeof SearchRequest>;

const Section = z.strictObject({
  provider: z.string(),
  agreement: z.string(),
  version: z.int(),
  basis: z.string(),
  coordinates: z.array(z.string()).readonly(),
  /** A list whose persons stand in `rows` records: its entry. */
  entry: z.string().optional(),
  persons: z.int(),
  /** Whether the person that was searched for is among them. */
  namesPerson: z.boolean(),
});

export const Hit = z
  .strictObject({
    index,
    at: instant,
    kind: z.string(),
    access: index.optional(),
    caller: z
      .strictObject({
        consumer: z.string(),
        client: z.string(),
        officer: z.string(),
        purpose: z.string(),
        case: z.string().optional(),
      })
      .readonly()
      .optional(),
    sections: z.array(Section.readonly()).readonly(),
    denied: z.array(z.strictObject({ coordinate: z.string(), code: z.string() }).readonly()).readonly(),
    refused: z.strictObject({ code: z.string(), times: z.int() }).readonly().optional(),
    outcome: z
      .strictObject({
        status: z.string(),
        index: index.optional(),
        sources: z
          .array(
            z
              .strictObject({
                provider: z.string(),
                persons: z.int(),
                withheld: z.int(),
                /** The person that was searched for, found there under another number. */
                namesPerson: z.boolean(),
              })
              .readonly(),
          )
          .readonly(),
      })
      .readonly()
      .optional(),
  })
  .readonly();
export type Hit = z.infer<typeof Hit>;

/** How far the log's index is. */
export const IndexStatus = z.strictObject({ indexed: z.int(), behind: z.int(), seconds: z.number() }).readonly();

export const SearchAnswer = z
  .strictObject({
    /** Index of the record that says who looked: this look-up's own. */
    record: index,
    status: IndexStatus,
    hits: z.array(Hit).readonly(),
    next: index.optional(),
    counts: z
      .strictObject({
        total: z.int(),
        /** False: more match than are counted. */
        complete: z.boolean(),
        facets: z.partialRecord(
          Facet,
          z.array(z.strictObject({ value: z.string(), count: z.int() }).readonly()).readonly(),
        ),
        timeline: z.array(z.strictObject({ from: instant, count: z.int() }).readonly()).readonly(),
      })
      .readonly()
      .optional(),
  })
  .readonly();
export type SearchAnswer = z.infer<typeof SearchAnswer>;

/** `POST /api/record`; with persons, the answer also proves that the record names them. */
export const RecordRequest = z
  .strictObject({
    occasion: Occasion,
    index,
    persons: z.array(TypedPerson).min(1).max(8).readonly().optional(),
    language: z
      .string()
      .regex(/^[a-z]{2,3}$/)
      .default("en"),
  })
  .readonly();
export type RecordRequest = z.input<typeof RecordRequest>;

/** What a browser needs to believe nobody: SHA-256 of the JWT is the entry, the proof leads from it to the log's signed checkpoint. */
export const Evidence = z
  .strictObject({
    index,
    jwt: z.string(),
    /** Null once they are erased. */
    disclosures: z.array(z.string()).readonly().nullable(),
    /** `c2sp.org/tlog-proof@v1` */
    proof: z.string(),
  })
  .readonly();
export type Evidence = z.infer<typeof Evidence>;

export const CoordinateDecision = z
  .strictObject({
    coordinate: z.string(),
    label: z.string(),
    decision: z.enum(["permit", "deny"]),
    provider: z.string().optional(),
    agreement: z.string().optional(),
    version: z.int().optional(),
    basis: z.string().optional(),
    /** The provision in law that the agreement names. */
    provision: z.string().optional(),
    /** Why it was refused. */
    code: z.string().optional(),
    reason: z.string().optional(),
  })
  .readonly();
export type CoordinateDecision = z.infer<typeof CoordinateDecision>;

export const RecordAnswer = z
  .strictObject({
    record: index,
    status: IndexStatus,
    hit: Hit,
    /** The record in plain words. */
    words: z.string(),
    /** The same of the outcome, for whoever sees all of the access. */
    outcomeWords: z.string().optional(),
    decisions: z.array(CoordinateDecision).readonly(),
    /** Why somebody called it an emergency, in their own words, and how and when they had signed in. */
    emergency: z.strictObject({ reason: z.string(), acr: z.string(), at: instant }).readonly().optional(),
    evidence: Evidence,
    outcomeEvidence: Evidence.optional(),
    /** The log's verifier key, as the signed registry has it. */
    vkey: z.string(),
  })
  .readonly();
export type RecordAnswer = z.infer<typeof RecordAnswer>;

/** `POST /api/export`: a file, and the header `Weft-Record` with the index of the record that says who took it. */
export const ExportRequest = z
  .strictObject({
    occasion: Occasion,
    terms: Terms,
    format: z.enum(["csv", "json"]),
    /** A closed list: a sentence of one's own could name somebody. */
    reason: z.enum(["answer-to-person", "investigation", "court-order", "supervision", "own-audit"]),
    limit: z.int().min(1).max(5_000).default(5_000),
  })
  .readonly();
export type ExportRequest = z.input<typeof ExportRequest>;

export const RevealState = z.enum(["asked", "accepted", "approved", "declined", "shown", "answered"]);
export type RevealState = z.infer<typeof RevealState>;

/** `POST /api/reveals`: who is the officer of this record? Asked of the officer's own house, which alone learns it. */
export const RevealRequest = z
  .strictObject({
    occasion: Occasion,
    /** Index of a record that the asker may see. */
    of: index,
    reason: z.enum(["unexplained-access", "complaint", "break-glass", "pattern", "court-order"]),
  })
  .readonly();
export type RevealRequest = z.input<typeof RevealRequest>;

/** `POST /api/reveals/<id>/<action>` */
export const RevealAction = z.enum(["accept", "approve", "decline", "show", "answer"]);
export type RevealAction = z.infer<typeof RevealAction>;

/** With `answer`: how the officer's house explains the access. */
export const RevealOutcome = z.enum(["justified", "mistake", "breach"]);
export type RevealOutcome = z.infer<typeof RevealOutcome>;
export const RevealActionRequest = z.strictObject({ outcome: RevealOutcome.optional() }).readonly();
export type RevealActionRequest = z.infer<typeof RevealActionRequest>;

export const Reveal = z
  .strictObject({
    id: z.string(),
    asker: z.string(),
    consumer: z.string(),
    officer: z.string(),
    of: index,
    reason: z.string(),
    case: z.string(),
    state: RevealState,
    due: instant,
    outcome: RevealOutcome.optional(),
    /** Each with the index of its record. Who took it is shown to the officer's own house only. */
    steps: z
      .array(z.strictObject({ step: RevealState, at: instant, record: index, by: z.string().optional() }).readonly())
      .readonly(),
    /** What the one who asks may do now. */
    actions: z.array(RevealAction).readonly(),
  })
  .readonly();
export type Reveal = z.infer<typeof Reveal>;

/** `GET /api/reveals`, and the answer to each step. */
export const RevealsAnswer = z.strictObject({ reveals: z.array(Reveal).readonly() }).readonly();
export type RevealsAnswer = z.infer<typeof RevealsAnswer>;
export const RevealAnswer = z
  .strictObject({
    reveal: Reveal,
    /** To the step `show` alone; null where the house's directory does not know the pseudonym. */
    staffNumber: z.string().nullable().optional(),
  })
  .readonly();
export type RevealAnswer = z.infer<typeof RevealAnswer>;

/** `GET /api/me` */
export const Me = z
  .strictObject({
    organisation: z.string(),
    officer: z.string(),
    roles: z.array(Role).readonly(),
    /** Absent where no role lets one look. */
    scope: z.enum(["all", "own"]).optional(),
    /** To be sent as the header `weft-csrf` with every POST. */
    csrf: z.string(),
    /** When the session ends whatever one does. */
    until: instant,
  })
  .readonly();
export type Me = z.infer<typeof Me>;

/** `GET /api/words?language=en`: what people read in the place of codes. */
export const WordsAnswer = z
  .strictObject({
    languages: z.array(z.string()).readonly(),
    organisations: z.record(z.string(), z.string()),
    purposes: z.record(z.string(), z.string()),
    schemes: z.record(z.string(), z.string()),
    coordinates: z.record(z.string(), z.string()),
  })
  .readonly();
export type WordsAnswer = z.infer<typeof WordsAnswer>;

/** `GET /api/organisations`: who can sign in, for whoever has not yet. */
export const OrganisationsAnswer = z
  .strictObject({
    organisations: z
      .array(z.strictObject({ id: z.string(), names: z.record(z.string(), z.string()) }).readonly())
      .readonly(),
  })
  .readonly();
export type OrganisationsAnswer = z.infer<typeof OrganisationsAnswer>;

/** `GET /api/keys`, open to all: what a proof is verified with, out of the signed registry. Whoever checks us takes it from there. */
export const KeysAnswer = z
  .strictObject({
    /** c2sp.org/signed-note verifier keys. */
    logs: z.array(z.string()).readonly(),
    witnesses: z.array(z.string()).readonly(),
    issuers: z
      .array(z.strictObject({ iss: z.string(), kid: z.string(), /** Ed25519, b64u. */ x: z.string() }).readonly())
      .readonly(),
  })
  .readonly();
export type KeysAnswer = z.infer<typeof KeysAnswer>;

/** `GET /api/log`: the log's health as the console sees it; nothing of a record. */
export const LogHealth = z
  .strictObject({
    origin: z.string(),
    vkey: z.string(),
    /** Absent while the log does not answer. */
    checkpoint: z.strictObject({ size: z.int(), root: z.string() }).readonly().optional(),
    /** That it continues the largest checkpoint that this console has seen. */
    consistent: z.boolean(),
    /** The newest checkpoint that enough witnesses have cosigned, and when they had. Absent where there is none. */
    witnessed: z.strictObject({ size: z.int(), at: instant }).readonly().optional(),
    /** How far the search has followed. */
    index: IndexStatus.optional(),
    witnesses: z.strictObject({ quorum: z.int(), vkeys: z.array(z.string()).readonly() }).readonly(),
  })
  .readonly();
export type LogHealth = z.infer<typeof LogHealth>;
