import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * What ties the steps of one answer to one browser, without a session that is kept anywhere: a random cookie, and in each form a ticket
 * under the register's key. Another site's form has neither the one nor the other.
 */
export type TicketUse = "enter" | "answer" | "paper" | "take-back" | "hear-again";

/** What a ticket is for: `thread` where a request was opened. */
export interface Ticket {
  readonly use: TicketUse;
  readonly thread: string;
}

/** Seconds: long enough to read and to ask somebody, short on a tablet that many use. */
const LIFE = 30 * 60;
export const COOKIE = /^[A-Za-z0-9_-]{22}$/;

export const drawCookie = (): string => randomBytes(16).toString("base64url");

export function printTicket({ use, thread }: Ticket, cookie: string, key: Buffer, now: Date): string {
  const text = `${use}.${thread}.${Math.floor(now.getTime() / 1000) + LIFE}`;
  return `${text}.${signatureOf(text, cookie, key)}`;
}

/** Undefined where it is no ticket for this, of this browser, or is too old. */
export function findTicket(
  text: string | undefined,
  use: TicketUse,
  cookie: string | undefined,
  key: Buffer,
  now: Date,
): Ticket | undefined {
  const [, body, signature] =
    /^([a-z-]{1,16}\.[A-Za-z0-9_-]{0,22}\.\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(text ?? "") ?? [];
  if (body === undefined || signature === undefined || cookie === undefined) return undefined;
  const expected = signatureOf(body, cookie, key);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return undefined;
  const [its, thread, until] = body.split(".") as [string, string, string];
  return its === use && now.getTime() / 1000 < Number(until) ? { use, thread } : undefined;
}

function signatureOf(text: string, cookie: string, key: Buffer): string {
  return createHmac("sha256", key).update(`${cookie}/${text}`).digest("base64url");
}
