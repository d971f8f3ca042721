import type { KeyObject } from "node:crypto";
import { type OrgId, type Signer, WeftError, parseJws, signJws, verifyJws } from "#libs/terms";
import { z } from "zod";
import { coordinates, dateRange, frequency, org, purposes, seconds, subjectRef } from "./members.js";

/**
 * What a person agreed, or forbade, as it is handed to one provider: one receipt per (record version, provider), after
 * ISO/IEC TS 27560. `sub` is the person as that provider alone may know them.
 *
 *     consent     allows: a recipient, purposes and coordinates, all three named
 *     objection   forbids: to a recipient or to "any"; no purposes or coordinates listed means all of them
 *     protection  forbids in the same way, by an authority's decision (a protected person)
 *
 * All times are seconds since 1970, `exp` exclusive.
 */
const Terms = z.strictObject({
  iss: org,
  iat: seconds,
  nbf: seconds,
  exp: seconds,
  jti: z.string().min(16).max(64),
  record_id: z.string().min(1).max(64),
  record_version: z.int().min(1),
  /** The provider whose adapter reads this. */
  aud: org,
  sub: subjectRef,
  date_range: dateRange.optional(),
  /** Counted by the adapter at release. */
  frequency: frequency.optional(),
  /** A guardian gave it for this person, who is `sub`. Who the guardian is stays in the register. */
  on_behalf_of: subjectRef.optional(),
  data_erase_at: seconds.optional(),
  status: z.strictObject({
    status_list: z.strictObject({
      idx: z
        .int()
        .min(0)
        .max(2 ** 17 - 1),
      uri: z.url(),
    }),
  }),
});

export const ConsentReceipt = z.discriminatedUnion("kind", [
  Terms.extend({
    kind: z.literal("consent"),
    recipient: org,
    purposes: purposes.min(1),
    coordinates: coordinates.min(1),
  }),
  Terms.extend({
    kind: z.enum(["objection", "protection"]),
    recipient: z.union([org, z.literal("any")]),
    purposes,
    coordinates,
  }),
]);
export type ConsentReceipt = Readonly<z.infer<typeof ConsentReceipt>>;

const RECEIPT_TYPE = "consent-receipt+jwt";

/** The consent register's keys, pinned by key id. */
export type RegisterKeys = (kid: string) => { readonly iss: string; readonly key: KeyObject } | undefined;

export function signReceipt(receipt: ConsentReceipt, register: Signer): string {
  return signJws(RECEIPT_TYPE, ConsentReceipt.parse(receipt), register);
}

/**
 * Says who wrote it and for whom; whether it is in force is `evaluateConsent`'s question, asked at each read.
 * Throws REQUEST_MALFORMED.
 */
export function verifyReceipt(text: string, keys: RegisterKeys, audience: OrgId): ConsentReceipt {
  const jws = parseJws(text, RECEIPT_TYPE);
  const signer = keys(jws.kid);
  if (!signer || !verifyJws(jws, signer.key)) throw refused("signature");
  const receipt = ConsentReceipt.safeParse(jws.payload);
  if (!receipt.success) throw refused("members");
  if (receipt.data.iss !== signer.iss) throw refused("issuer");
  if (receipt.data.aud !== audience) throw refused("audience");
  return receipt.data;
}

function refused(what: string): WeftError {
  return new WeftError("REQUEST_MALFORMED", {
    message: "The consent receipt is not accepted.",
    detail: `consent receipt: ${what}`,
  });
}
