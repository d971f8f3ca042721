/** Why a proof is not believed; each has its sentence in the page's languages. */
export const reasons = [
  "bundle-form",
  "key-form",
  "checkpoint-form",
  "proof-form",
  "record-form",
  "log-unknown",
  "log-signature",
  "not-included",
  "issuer-unknown",
  "issuer-signature",
  "disclosure",
  "letter-form",
  "letter-unknown",
  "letter-signature",
] as const;

export type Reason = (typeof reasons)[number];

export class NotVerified extends Error {
  override readonly name = "NotVerified";
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason);
    this.reason = reason;
  }
}
