import { agreementSchema } from "#libs/policy";
import { z } from "zod";
import { labelsSchema } from "./labels.js";
import { purposesSchema } from "./purposes.js";
import { registrySchema } from "./registry.js";

const sources: Readonly<Record<string, readonly [z.ZodType, string]>> = {
  "agreement.schema.json": [agreementSchema, "agreements/<id>/agreement.yaml"],
  "labels.schema.json": [labelsSchema, "subgraphs/<ministry>/labels.<language>.yaml"],
  "purposes.schema.json": [purposesSchema, "purposes.yaml"],
  "registry.schema.json": [registrySchema, "registry.yaml"],
};

/** File of contracts/schemas -> its text. The schemas in code are the one source; these are for editors and other languages. */
export function printJsonSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(sources).map(([file, [schema, title]]) => {
      const json = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" });
      return [file, `${JSON.stringify({ title, ...json }, null, 2)}\n`];
    }),
  );
}
