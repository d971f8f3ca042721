import { importJWK, jwtVerify } from "jose";
import { z } from "zod";
import { type OrgId, parsePartyId, type PartyId, WeftError } from "#libs/terms";
import { Role } from "./api.js";

/** An organisation's own identity provider, as the signed registry pins it: its name, its keys, and whether it supervises all. */
export interface IdentityProvider {
  readonly organisation: OrgId;
  readonly iss: string;
  /** Where it is reached: under this is its discovery document. */
  readonly address: string;
  readonly isSupervisory: boolean;
  readonly keys: readonly {
    readonly kid: string;
    readonly jwk: Readonly<Record<string, unknown>>;
    /** RFC 3339, both inclusive. */
    readonly from: string;
    readonly until: string;
  }[];
}

/** Who signed in. The organisation is the provider's own, whatever the token says. */
export interface Identity {
  readonly organisation: OrgId;
  readonly officer: PartyId;
  readonly roles: readonly Role[];
}

export interface IdTokenExpectations {
  readonly provider: IdentityProvider;
  readonly clientId: string;
  readonly nonce: string;
  readonly now: Date;
  /** Seconds since the officer showed who they are. */
  readonly maxAge: number;
}

const SKEW = 5;
const claims = z.object({
  sub: z.string(),
  nonce: z.string(),
  auth_time: z.int(),
  org: z.string().optional(),
  azp: z.string().optional(),
  roles: z.array(z.string().max(64)).max(64),
});

/** Throws SIGN_IN_REJECTED. Keys are the registry's: what the provider publishes elsewhere adds none. */
export async function verifyIdToken(token: string, expected: IdTokenExpectations): Promise<Identity> {
  const { provider, clientId, nonce, now, maxAge } = expected;
  const { payload } = await jwtVerify(token, ({ kid, alg }) => keyOf(provider, kid, alg, now), {
    issuer: provider.iss,
    audience: clientId,
    algorithms: ["EdDSA", "ES256"],
    requiredClaims: ["exp", "iat", "sub", "nonce", "auth_time"],
    clockTolerance: SKEW,
    currentDate: now,
  }).catch((error: unknown) => {
    throw refused("the ID token does not verify", error);
  });
  if (Array.isArray(payload.aud)) throw refused("the ID token is for several");
  const read = claims.safeParse(payload);
  if (!read.success) throw refused("the ID token says too little");
  const { sub, nonce: its, auth_time: at, org, azp, roles } = read.data;
  if (its !== nonce || (azp !== undefined && azp !== clientId)) throw refused("the ID token is for another sign-in");
  if (org !== undefined && org !== provider.organisation) throw refused("it asserts another organisation");
  if (now.getTime() / 1000 - at > maxAge + SKEW) throw refused("who they are was shown too long ago");
  return { organisation: provider.organisation, officer: officerOf(sub), roles: rolesOf(roles, provider) };
}

/** Only roles that are ours; `authority` only where the registry says that the organisation supervises all. */
function rolesOf(asserted: readonly string[], { isSupervisory }: IdentityProvider): Role[] {
  const roles = Role.options.filter((role) => asserted.includes(role) && (role !== "authority" || isSupervisory));
  if (roles.length === 0) throw new WeftError("ROLE_REQUIRED");
  return roles;
}

function officerOf(sub: string): PartyId {
  const officer = sub.startsWith("officer:") ? parsePartyId(sub) : undefined;
  if (officer === undefined) throw refused("it names no officer");
  return officer;
}

async function keyOf({ keys }: IdentityProvider, kid: string | undefined, alg: string | undefined, now: Date) {
  const found = keys.filter((key) => key.kid === kid);
  const [key] = found;
  const holds =
    key !== undefined &&
    found.length === 1 &&
    Date.parse(key.from) <= now.getTime() &&
    now.getTime() <= Date.parse(key.until) &&
    alg === (key.jwk["kty"] === "OKP" ? "EdDSA" : "ES256");
  if (!holds) throw refused("no key of this organisation that holds");
  return importJWK(key.jwk, alg);
}

function refused(detail: string, cause?: unknown): WeftError {
  return new WeftError("SIGN_IN_REJECTED", { detail: `ID token: ${detail}`, cause });
}
