import type { KeyObject } from "node:crypto";
import {
  type Coordinate,
  type OrgId,
  type PurposeCode,
  type Signer,
  type SubjectRef,
  WeftError,
  parseJws,
  signJws,
  verifyJws,
} from "#libs/terms";
import { z } from "zod";

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
const org = z.custom<OrgId>((text) => typeof text === "string" && /^(?=.{3,64}$)org:[a-z0-9._-]+$/.test(text));
const purpose = z.custom<PurposeCode>((text) => typeof text === "string" && /^[a-z][a-z0-9-]{1,62}$/.test(text));
const coordinate = z.custom<Coordinate>(
  (text) => typeof text === "string" && /^[_A-Za-z][_0-9A-Za-z]*\.[_A-Za-z][_0-9A-Za-z]*$/.test(text),
);
const subjectRef = z.custom<SubjectRef>(
  (text) => typeof text === "string" && /^[a-z0-9]{1,16}\.[A-Za-z0-9_-]{64}$/.test(text),
);
const seconds = z.int().min(0);

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
  /** Whose data of which days: from and until inclusive. */
  date_range: z.strictObject({ from: z.iso.date().optional(), until: z.iso.date().optional() }).optional(),
  /** At most this many releases in each `days` days, or in the receipt's whole life. Counted by the adapter at release. */
  frequency: z.strictObject({ uses: z.int().min(1), days: z.int().min(1).max(3660).optional() }).optional(),
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
    purposes: z.array(purpose).min(1).max(32),
    coordinates: z.array(coordinate).min(1).max(256),
  }),
  Terms.extend({
    kind: z.enum(["objection", "protection"]),
    recipient: z.union([org, z.literal("any")]),
    purposes: z.array(purpose).max(32),
    coordinates: z.array(coordinate).max(256),
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
