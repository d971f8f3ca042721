import { z } from "zod";
import { Hit, LogHealth } from "./api.js";
import { workKinds } from "./worklist-kinds.js";

/** What the console's first page and its server say to each other; see `api.ts`. */
const index = z.int().min(0);
const instant = z.iso.datetime({ offset: false });

/** One thing that waits for a person, and where it is done. */
export const WorkItem = z
  .strictObject({
    kind: z.enum(workKinds),
    /** Names it among all that waits. */
    key: z.string(),
    /** What is wanted: a word of the page's. */
    want: z.enum([
      "justify",
      "reply",
      "decide",
      "confirm",
      "reveal-decide",
      "reveal-answer",
      "request-answer",
      "request-part",
      "look-alert",
      "review-emergency",
      "emergency-overdue",
    ]),
    /** The page's own address of it. */
    at: z.string().regex(/^\/[a-z]+(\/[A-Za-z0-9_-]+)?(\?[\w=&,-]*)?$/),
    /** Number of the request or investigation. */
    case: z.string().optional(),
    due: instant.optional(),
    /** Of an emergency: the number of its record, in which its reason can be read. */
    record: index.optional(),
    /** Of a random sample: the access. */
    access: Hit.optional(),
    /** Of an alert: the rule that found it, and how much it stands out. */
    reason: z.string().optional(),
    weight: z.number().optional(),
  })
  .readonly();
export type WorkItem = z.infer<typeof WorkItem>;

/** `POST /api/today`: a look at the log, for whom it may be shown to, and so a record. */
export const TodayAnswer = z
  .strictObject({
    day: z.iso.date(),
    /** Chosen for today, the most pressing first. */
    work: z.array(WorkItem).readonly(),
    /** How many a day asks for, and how many of them were done. */
    budget: z.int(),
    done: z.int(),
    /** Everything that waits, by kind. */
    waiting: z.partialRecord(z.enum(workKinds), z.int()),
    log: LogHealth,
    /** How many records the rules are behind the log; absent where this console lets none run. */
    watch: z.strictObject({ behind: z.int() }).readonly().optional(),
    /** What was seen of the last two days. Absent for whom no role lets look at the log, and while it does not answer. */
    seen: z
      .strictObject({
        /** Index of the record that says who looked. */
        record: index,
        from: instant,
        accesses: z.int(),
        complete: z.boolean(),
        /** Of so many of them, the newest, the sources are told. */
        told: z.int(),
        sources: z
          .array(
            z
              .strictObject({
                provider: z.string(),
                asked: z.int(),
                silent: z.int(),
                isSilent: z.boolean(),
                persons: z.int(),
                withheld: z.int(),
              })
              .readonly(),
          )
          .readonly(),
      })
      .readonly()
      .optional(),
  })
  .readonly();
export type TodayAnswer = z.infer<typeof TodayAnswer>;

/** What a house says of some of its cases; see `libs/subgraph`, `explain/serve-offices.ts`. */
const officeCounts = {
  /** Most cases first. */
  offices: z.array(z.strictObject({ office: z.string(), cases: z.int() }).readonly()).readonly(),
  /** Of offices with too few of them to be named. */
  few: z.int(),
  unknown: z.int(),
};
export const OfficeCounts = z.strictObject(officeCounts).readonly();

/** `POST /api/today/offices`: cases in which somebody was left without an answer, by ministry and by the office that keeps them. */
export const OfficesAnswer = z
  .strictObject({
    from: instant,
    /** So many accesses were looked at, the newest. */
    accesses: z.int(),
    complete: z.boolean(),
    rows: z
      .array(
        z
          .strictObject({
            provider: z.string(),
            house: z.string(),
            cases: z.int(),
            /** Absent where the house does not answer. */
            told: OfficeCounts.optional(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
export type OfficesAnswer = z.infer<typeof OfficesAnswer>;

/** `POST /api/today/done`: a drawn access was looked at, and its house found it justified. What is not is investigated. */
export const DoneRequest = z
  .strictObject({ day: z.iso.date(), key: z.string().regex(/^sample [0-9]{1,15}$/) })
  .readonly();
