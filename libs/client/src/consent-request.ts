import type { AskBody } from "#libs/consent";
import { WeftError } from "#libs/terms";
import { z } from "zod";
import type { Access } from "./options.js";

/** What a person is asked to agree to. Who asks, for which purpose and case, is the asker's own. */
export interface ConsentWanted {
  readonly person: { readonly scheme: string; readonly value: string };
  /** Who answers for the person, where it is not the person: a paper says so, of which `evidence` is the digest. */
  readonly guardian?: NonNullable<AskBody["guardian"]>;
  /** The fields with values, as `Type.field`; those that lead to them come along. */
  readonly coordinates: readonly string[];
  /** When the consent is to end. */
  readonly until: string;
  /** When the request ends that nobody answered; the register's own time unless told. */
  readonly expires?: string;
}

const consentAsked = z.object({ code: z.string().describe("What the person enters to see the request.") });
/** The same whoever the person is, and whether there is one. */
export type ConsentAsked = Readonly<z.infer<typeof consentAsked>>;

const refused = z.object({ errors: z.array(z.object({ message: z.string() })).min(1) });

export async function askForConsent(
  send: typeof fetch,
  register: string | undefined,
  { purpose, case: caseId }: Access,
  wanted: ConsentWanted,
): Promise<ConsentAsked> {
  if (register === undefined)
    throw new WeftError("CONFIG_INVALID", { message: "The client's configuration: register is not named." });
  const response = await send(`${register}/consent-requests`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ ...wanted, purpose, ...(caseId !== undefined && { case: caseId }) }),
  });
  const body: unknown = await response.json().catch(() => undefined);
  const asked = consentAsked.safeParse(body);
  if (response.status === 202 && asked.success) return asked.data;
  const said = refused.safeParse(body).data?.errors[0]?.message;
  throw new WeftError("SOURCE_REFUSED", {
    message: said === undefined ? `The register did not take the request (HTTP ${response.status}).` : said,
    status: response.status,
  });
}
