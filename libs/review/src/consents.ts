import type { Contracts } from "#libs/contracts";
import { z } from "zod";
import type { ConsentsAnswer } from "./consents-api.js";

const count = z.int().min(0);
const between = { recipient: z.string(), provider: z.string(), purpose: z.string() };

/** What the register answers: figures, nobody in them. Anything else is refused. */
export const RegisterCounts = z.strictObject({
  counts: z.array(
    z.strictObject({
      ...between,
      month: z.string().regex(/^\d{4}-\d{2}$/),
      event: z.enum(["given", "narrowed", "renewed", "extended", "withdrawn", "expired", "voided"]),
      count,
    }),
  ),
  running: count,
  afterEnd: z
    .strictObject({
      compared: count,
      complete: z.boolean(),
      counts: z.array(z.strictObject({ ...between, asked: count, released: count, mixed: count })),
    })
    .optional(),
});
export type RegisterCounts = z.infer<typeof RegisterCounts>;

/** By organisations, purpose and month, newest first, with the agreement that it is about. */
export function consentsOf(
  record: number,
  { counts, running, afterEnd }: RegisterCounts,
  agreements: Contracts["agreements"],
): ConsentsAnswer {
  const groups = Map.groupBy(counts, ({ month, recipient, provider, purpose }) =>
    [month, recipient, provider, purpose].join(" "),
  );
  const rows = [...groups.values()].map((some) => {
    const { recipient, provider, purpose, month } = some[0]!;
    const of = (...events: readonly string[]) =>
      some.filter(({ event }) => events.includes(event)).reduce((sum, it) => sum + it.count, 0);
    const agreement = agreementFor({ recipient, provider, purpose }, agreements);
    return {
      recipient,
      provider,
      purpose,
      ...(agreement !== undefined && { agreement }),
      month,
      given: of("given"),
      changed: of("narrowed", "renewed", "extended"),
      withdrawn: of("withdrawn"),
      expired: of("expired"),
      voided: of("voided"),
    };
  });
  const after = afterEnd && { compared: afterEnd.compared, complete: afterEnd.complete, rows: afterEnd.counts };
  return { record, running, rows, ...(after && { afterEnd: after }) };
}

function agreementFor(
  { recipient, provider, purpose }: { readonly recipient: string; readonly provider: string; readonly purpose: string },
  agreements: Contracts["agreements"],
): string | undefined {
  return agreements.find(
    ({ agreement: it }) =>
      it.consumer === recipient &&
      it.provider === provider &&
      it.state !== "terminated" &&
      it.grants.some((grant) => grant.purpose === purpose && grant.basis === "consent"),
  )?.agreement.agreement;
}
