import { z } from "zod";

/** What the console's pages are told of alerts. As in `api.ts`, nothing here needs Node.js. */
const index = z.int().min(0);
const instant = z.iso.datetime({ offset: false });

/**
 * `GET /api/alerts?limit=`: what a person should look at, highest score first; in the scope of whoever asks. Why is told by `rule` and `counts`,
 * which the pages put into words. It names no person, so it is no look-up; opening one of its records is.
 */
export const ShownAlert = z
  .strictObject({
    id: z.string(),
    rule: z.enum([
      "unexplained",
      "own-record",
      "same-household",
      "volume",
      "guessing",
      "no-application",
      "many-officers",
      "break-glass",
    ]),
    consumer: z.string(),
    /** A pseudonym; absent where it is about several. */
    officer: z.string().optional(),
    /** Oldest first; at most 100 of them. */
    records: z.array(index).readonly(),
    counts: z.record(z.string(), z.number()).readonly(),
    /** 0 to 100. */
    score: z.int(),
    at: instant,
    /** Break-glass: by when somebody must have looked. */
    due: instant.optional(),
    /** Break-glass: whether the officer's own house has looked, and in time. */
    review: z.enum(["waiting", "overdue", "reviewed", "late"]).optional(),
    state: z.enum(["open", "withdrawn"]),
  })
  .readonly();
export type ShownAlert = z.infer<typeof ShownAlert>;
export const AlertsAnswer = z
  .strictObject({
    alerts: z.array(ShownAlert).readonly(),
    /** How many are open, by rule; the list may be shorter. */
    open: z.record(z.string(), z.int()).readonly(),
    /** How far the rules have followed the log; absent where this console lets none run. */
    watch: z.strictObject({ followed: z.int(), behind: z.int() }).readonly().optional(),
  })
  .readonly();
export type AlertsAnswer = z.infer<typeof AlertsAnswer>;
