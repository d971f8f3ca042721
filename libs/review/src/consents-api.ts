import { z } from "zod";
import { Occasion } from "./api.js";

/** What the console's page of consents and its server say to each other; see `api.ts`. */
const instant = z.iso.datetime({ offset: false });

/** `POST /api/consents`: a look, and so a record, with which the register is asked. */
export const ConsentsRequest = z
  .strictObject({ occasion: Occasion, /** Inclusive. */ from: instant, /** Exclusive. */ until: instant })
  .readonly();
export type ConsentsRequest = z.infer<typeof ConsentsRequest>;

const between = { recipient: z.string(), provider: z.string(), purpose: z.string() };

export const ConsentsAnswer = z
  .strictObject({
    record: z.int(),
    /** That run now. */
    running: z.int(),
    rows: z
      .array(
        z
          .strictObject({
            ...between,
            /** Under which the recipient may ask for it; absent where there is none now. */
            agreement: z.string().optional(),
            /** `2026-11` */
            month: z.string(),
            given: z.int(),
            /** Given anew, for longer or for less. */
            changed: z.int(),
            withdrawn: z.int(),
            expired: z.int(),
            /** Ended by the register: its ground was gone. */
            voided: z.int(),
          })
          .readonly(),
      )
      .readonly(),
    /** What the log says of consents that had ended. Absent where the register cannot ask it. */
    afterEnd: z
      .strictObject({
        compared: z.int(),
        complete: z.boolean(),
        rows: z
          .array(
            z
              .strictObject({
                ...between,
                asked: z.int(),
                /** Must be 0. */
                released: z.int(),
                /** Asked about together with others, of whom some were told of. */
                mixed: z.int(),
              })
              .readonly(),
          )
          .readonly(),
      })
      .readonly()
      .optional(),
  })
  .readonly();
export type ConsentsAnswer = z.infer<typeof ConsentsAnswer>;
