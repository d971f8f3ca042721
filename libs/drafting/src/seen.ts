import { parseStrictYaml } from "#libs/terms";
import { z } from "zod";
import type { Catalogue } from "./catalogue.js";
import { scalar } from "./adapter-text.js";

/**
 * What the last draft saw of the database, in `.draft.yaml` beside its files: names only. What is not here is new to the next draft, so that what
 * somebody took out of the files is not put in again.
 */
export const SEEN_FILE = ".draft.yaml";

const seenSchema = z.strictObject({
  draft: z.literal(1),
  person: z.string(),
  tables: z.record(z.string(), z.array(z.string())),
});

export type Seen = z.infer<typeof seenSchema>;

export function readSeen(text: string): Seen {
  return seenSchema.parse(parseStrictYaml(text));
}

export function seenText(catalogue: Catalogue, person: string): string {
  const tables = [...catalogue.tables].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = tables.map(
    ({ name, columns }) =>
      `  ${scalar(name)}: [${columns
        .map((column) => scalar(column.name))
        .sort()
        .join(", ")}]\n`,
  );
  return `# What the last \`weft adapter draft\` saw of the database: names only. What is not here is new to the next one.
draft: 1
person: ${scalar(person)}
tables:
${lines.join("")}`;
}
