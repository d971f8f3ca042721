import type { Caller } from "#libs/token";

/** A client of its organisation, as an issuer may give its clients any name. */
export function clientName({ consumer, client }: Pick<Caller, "consumer" | "client">): string {
  return `${consumer} ${client}`;
}
