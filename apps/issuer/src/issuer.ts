import type { SignedAgreement } from "#libs/policy";
import type { OrgId } from "#libs/terms";
import type { Organisation, SigningKey } from "./organisation.js";
import type { PublishedKey } from "./key-choice.js";
import type { UsedOnce } from "./used-once.js";

/** One organisation's issuer, as a version of its files and of the contracts makes it. It can assert no other `org`. */
export interface Issuer {
  readonly org: OrgId;
  /** Its name in tokens, which the registry pins; not where it is reached. */
  readonly iss: string;
  /** Where it is reached: `https://…/welfare`. */
  readonly url: string;
  readonly organisation: Organisation;
  /** Keys that the registry lists for this organisation and whose private half is here. */
  readonly keys: readonly IssuerKey[];
  /** All agreements; those in force are looked at when a token is asked for. */
  readonly agreements: readonly SignedAgreement[];
  readonly resources: ReadonlySet<string>;
  readonly used: UsedOnce;
  /** Milliseconds. */
  readonly keyLead: number;
  /** Seconds. */
  readonly lifetime: number;
  readonly nonceSecret: Buffer | undefined;
  readonly admit: (client: string) => boolean;
  readonly now: () => Date;
}

export interface IssuerKey extends PublishedKey {
  readonly jwk: SigningKey;
}
