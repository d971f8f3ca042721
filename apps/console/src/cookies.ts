/**
 * `__Host-`: of this very origin, over TLS, for every path. Browsers take loopback for as good as TLS, so the sandbox's cookies are the same.
 * Strict for the session: no other site's link or form brings it along. The ticket of a sign-in must come back from another site: Lax.
 */
export const SESSION_COOKIE = "__Host-weft-session";
export const TICKET_COOKIE = "__Host-weft-sign-in";

/** Undefined as well where it comes twice: somebody has put a second one beside ours. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const values = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

export function printCookie(name: string, value: string, sameSite: "Strict" | "Lax", seconds: number): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${seconds}`;
}

export function forgetCookie(name: string): string {
  return printCookie(name, "", "Strict", 0);
}
