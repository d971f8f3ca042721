import { type LegalBasisWord, legalBasisWords } from "#libs/policy";
import type { PurposeCode } from "#libs/terms";
import { z } from "zod";
import { wordsSchema } from "./registry.js";

/** `purposes.yaml`: the closed list of why data may be asked for, in the terms of the Data Privacy Vocabulary. */

export const purposesSchema = z.strictObject({
  purposes: z.literal(1).describe("Version of the file's form."),
  list: z.record(
    z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, "is not a purpose's code (a-z, 0-9, -)"),
    z.strictObject({
      dpv: z
        .string()
        .regex(/^(dpv|pubsrv):[A-Za-z]+$/, "is not a DPV term (dpv:… or pubsrv:…)")
        .nullable(),
      bases: z.array(z.enum(legalBasisWords)).min(1).describe("The usual grounds in law; the agreement names the one."),
      rows: z
        .enum([
          "one-case",
          "batch",
          "batch-hits-only",
          "match-only",
          "rows",
          "event",
          "own-data",
          "sample",
          "one-reviewed",
          "none",
        ])
        .describe("How much one question may touch; none: protected aggregates only."),
      label: wordsSchema,
      description: wordsSchema,
    }),
  ),
});

export type PurposesFile = z.infer<typeof purposesSchema>;

export interface Purpose {
  readonly code: PurposeCode;
  readonly dpv: string | null;
  readonly bases: readonly LegalBasisWord[];
  readonly rows: PurposesFile["list"][string]["rows"];
  readonly label: Readonly<Record<string, string>>;
  readonly description: Readonly<Record<string, string>>;
}

export function purposesOf(file: PurposesFile): ReadonlyMap<PurposeCode, Purpose> {
  return new Map(
    Object.entries(file.list).map(([code, purpose]) => [
      code as PurposeCode,
      { code: code as PurposeCode, ...purpose },
    ]),
  );
}
