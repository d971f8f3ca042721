import { z } from "zod";

/** `labels.<language>.yaml`: what people read in the place of a type, a field or an enum value. */
export const labelsSchema = z.strictObject({
  language: z.string().regex(/^[a-z]{2,3}$/, "is not a language code, as in en"),
  labels: z
    .record(z.string().regex(/^\w+(\.\w+)?$/, "is not a type, Type.field or Enum.VALUE"), z.string().min(1))
    .describe("Type, Type.field or Enum.VALUE -> text."),
});

/** language -> `Type`, `Type.field` or `Enum.VALUE` -> text. */
export type Labels = Readonly<Record<string, Readonly<Record<string, string>>>>;
