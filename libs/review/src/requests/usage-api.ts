import { z } from "zod";

/**
 * "Who looked at my data", for a portal in which the person signed in: the question and the answer of Estonia's usage monitor (findUsage), as
 * JSON. `logtime`, `action` and `receiver` are its words; what follows them is ours.
 */
const day = z.iso.date();
const instant = z.iso.datetime({ offset: false });
const said = z.strictObject({ code: z.string(), words: z.string() }).readonly();

/** `POST /usage/findUsage` and `/usage/usagePeriod` */
export const UsageRequest = z
  .strictObject({
    /** Who signed in there; the portal answers for that. */
    userId: z.strictObject({ scheme: z.string().max(32), number: z.string().min(1).max(64) }).readonly(),
    /** The first entry that is wanted, newest first; the first of all is 1. */
    offset: z.int().min(1).max(10_000).default(1),
    limit: z.int().min(1).max(100).default(100),
    /** Whole days in UTC, both included; where a person has very many entries, the way to the older ones. */
    from: day.optional(),
    until: day.optional(),
    language: z
      .string()
      .regex(/^[a-z]{2,3}$/)
      .default("en"),
  })
  .readonly();
export type UsageRequest = z.input<typeof UsageRequest>;

export const Usage = z
  .strictObject({
    logtime: instant,
    action: z.string().describe("What for, in plain words."),
    receiver: z.string().describe("The organisation that asked, by its name in the registry."),
    receiverName: z.string(),
    purpose: z.string(),
    sources: z
      .array(
        z
          .strictObject({
            provider: said,
            basis: z.string(),
            provision: z.string().optional(),
            categories: z.array(z.string()).readonly().describe("Of personal data."),
          })
          .readonly(),
      )
      .readonly(),
    outcome: z.string().optional(),
    /** In the log, with what proves it to anybody. */
    index: z.int(),
    evidence: z
      .strictObject({ jwt: z.string(), disclosures: z.array(z.string()).readonly(), proof: z.string() })
      .readonly(),
  })
  .readonly();
export type Usage = z.infer<typeof Usage>;

export const UsageAnswer = z
  .strictObject({
    /** Newest first; fewer than the limit: there are no more. */
    usage: z.array(Usage).readonly(),
    withheld: z.int().min(0).describe("Of which a law lets the person hear later; counted, and not told."),
    /** False: the time that was asked about holds more than are looked through at once; ask about a shorter one. */
    complete: z.boolean(),
    /** Index of the record that says that the portal asked. */
    record: z.int(),
  })
  .readonly();
export type UsageAnswer = z.infer<typeof UsageAnswer>;

/** Of the oldest and the newest entry that the person may be told; null where there is none. */
export const UsagePeriodAnswer = z
  .strictObject({ from: instant.nullable(), until: instant.nullable(), record: z.int() })
  .readonly();
export type UsagePeriodAnswer = z.infer<typeof UsagePeriodAnswer>;

/** `GET /usage/heartbeat` */
export const HeartbeatAnswer = z.strictObject({ heartbeat: z.literal("OK"), time: instant }).readonly();
export type HeartbeatAnswer = z.infer<typeof HeartbeatAnswer>;
