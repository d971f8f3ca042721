import { hash, randomBytes } from "node:crypto";

/** Numbers that differ by less than this lie in one neighbourhood, or in two that touch. */
const WIDTH = 32n;

export interface Tokens {
  readonly person: string;
  /** Of where the number lies. */
  readonly number: string;
}

/**
 * Whether numbers follow each other cannot be told from sealed references, and must not be told from records. Whoever opens a reference, to
 * seal it for another ministry, makes these two tokens of the number and lets it go. They are under a key that lives as long as the process; half
 * a hash is kept, so the rest of it is not there to be continued.
 */
export function openTokens(key: string = randomBytes(32).toString("hex")): (canonical: string) => Tokens {
  const token = (text: string) => hash("sha256", `${key}\0${text}`, "base64url").slice(0, 20);
  return (canonical) => {
    const colon = canonical.indexOf(":");
    const digits = canonical.slice(colon + 1).replaceAll(/\D/g, "");
    const place = digits === "" ? canonical : `${canonical.slice(0, colon)}#${BigInt(digits) / WIDTH}`;
    return { person: token(canonical), number: token(place) };
  };
}
