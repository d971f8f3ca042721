import { z } from "zod";
import { AccessLetter } from "./letter.js";
import { UsageAnswer, UsageRequest } from "./usage-api.js";

const sources: Readonly<Record<string, readonly [z.ZodType, string]>> = {
  "access-letter.schema.json": [AccessLetter, "Payload of a letter to a person, typ access-letter+jws"],
  "usage-request.schema.json": [UsageRequest, "Body of POST /usage/findUsage"],
  "usage-answer.schema.json": [UsageAnswer, "Answer of POST /usage/findUsage"],
};

/** File of contracts/schemas -> its text. The schemas in code are the one source; these are for other languages. */
export function printReviewSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(sources).map(([file, [schema, title]]) => {
      const json = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" });
      return [file, `${JSON.stringify({ title, ...json }, null, 2)}\n`];
    }),
  );
}
