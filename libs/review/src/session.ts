import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type OrgId, type PartyId } from "#libs/terms";
import type { Role } from "./api.js";

/** Who signed in, and until when. Nothing about a citizen, and no name. */
export interface Session {
  readonly organisation: OrgId;
  readonly officer: PartyId;
  readonly roles: readonly Role[];
  /** When it ends whatever one does. */
  readonly until: Date;
}

/** Sessions by a hash of the cookie: who reads the table cannot take one over. */
export interface SessionStore {
  open(id: Buffer, session: Session, now: Date): Promise<void>;
  /** The session where it lives; asking keeps it awake. */
  use(id: Buffer, now: Date, idleSince: Date): Promise<Session | undefined>;
  end(id: Buffer): Promise<void>;
  /** Forgets what is over. */
  sweep(now: Date, idleSince: Date): Promise<void>;
}

const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** 32 random bytes: drawn when a sign-in has succeeded, never taken from a request. */
export const drawSecret = (): string => randomBytes(32).toString("base64url");

/** Undefined where it is no secret of ours. */
export function sessionId(secret: string | undefined): Buffer | undefined {
  return secret !== undefined && SECRET.test(secret) ? createHash("sha256").update(secret).digest() : undefined;
}

/** Told to the page that has the session, and to nobody else: another site can make a browser send the cookie, and not this. */
export function csrfToken(secret: string): string {
  return createHmac("sha256", secret).update("weft/console-csrf/v1").digest("base64url");
}

export function isCsrfToken(token: unknown, secret: string): boolean {
  const expected = Buffer.from(csrfToken(secret));
  const given = Buffer.from(typeof token === "string" ? token : "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
