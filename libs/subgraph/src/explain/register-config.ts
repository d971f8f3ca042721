import { z } from "zod";
import { adapterConfigSchema } from "../read/config.js";

const { provider, source, protect } = adapterConfigSchema.shape;
const person = adapterConfigSchema.shape.types.valueType.shape.identifiers.unwrap();
const where = adapterConfigSchema.shape.types.valueType.shape.where;
const column = z.string().min(1).max(200);
const day = z.strictObject({
  column,
  date: z.union([z.string(), z.array(z.string()).min(1)]).default("iso"),
  nulls: z.array(z.string()).default([]),
});

/**
 * `adapter.yaml` of a house that asks: where its own registers are, so that its accesses can be explained. It lives at that house and nowhere
 * else; `source` and `protect` are those of every adapter.yaml.
 */
export const registerConfigSchema = z
  .strictObject({
    adapter: z.literal(1),
    provider,
    source,
    protect,
    cases: z.strictObject({
      from: z.string().min(1).describe("One row for each case and person"),
      where,
      number: column.describe("As officers give it with a question"),
      person: person.describe("Identifier columns, the best first"),
      opened: day,
      closed: day.describe("Empty while it is open"),
      office: column
        .optional()
        .describe("Which office keeps it: told as counts of cases, to the house itself and the authority"),
    }),
    staff: z
      .strictObject({
        from: z.string().min(1).describe("One row for each officer"),
        where,
        officer: column.describe("The pseudonym, officer:…"),
        person,
      })
      .optional()
      .describe("Who of the staff is who: an officer who asks about themselves is told by it"),
  })
  .readonly();
export type RegisterConfig = z.infer<typeof registerConfigSchema>;
