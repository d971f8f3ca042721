import type { z } from "zod";
import { WeftError } from "#libs/terms";

/** A body as its schema has it. What was wrong is not said: it could quote what was typed. */
export function parsed<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const read = schema.safeParse(body);
  if (!read.success) throw new WeftError("REQUEST_MALFORMED");
  return read.data;
}
