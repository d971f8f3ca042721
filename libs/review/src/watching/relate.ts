import { z } from "zod";
import { digestOf, type OrgId } from "#libs/terms";
import type { Console } from "../look-up.js";
import { recordAsRules } from "./look-as-rules.js";

/** The house that knows who lives together, shown the record of a look-up, its proof, and the pairs that the record has the digests of. */
export interface Households {
  readonly house: OrgId;
  readonly ask: (call: {
    readonly record: string;
    readonly proof: string;
    readonly pairs: readonly string[];
  }) => Promise<unknown>;
}

const RelateAnswer = z.object({ answers: z.array(z.enum(["SAME_HOUSEHOLD", "NOT", "UNKNOWN"])) });
type Relation = z.infer<typeof RelateAnswer>["answers"][number];

/** Of each pair whether the two live together; none where there is nothing to ask, or the house does not answer. */
export async function relate(
  pairs: readonly string[],
  { house, ask }: Households,
  { organisation, console }: { readonly organisation: OrgId; readonly console: Console },
  onRecord: (index: number) => void,
): Promise<readonly Relation[]> {
  if (pairs.length === 0) return [];
  const look = { kind: "relate" as const, aud: house, pairs: pairs.map((sealed) => digestOf(sealed)) };
  const { record, inclusion } = await recordAsRules(organisation, look, console);
  onRecord(inclusion.index);
  const reply = await ask({ record: record.presentation(), proof: inclusion.text, pairs }).catch(() => undefined);
  const told = RelateAnswer.safeParse(reply);
  return told.success && told.data.answers.length === pairs.length ? told.data.answers : [];
}
