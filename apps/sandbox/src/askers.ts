import { type Access, type Asker, type CertificateFiles, createClient } from "#libs/client";
import { accessOf, clientOf, type Urls } from "./client-files.js";
import type { Persona } from "./personas.js";

/** Who asks, and where. What is left out is the persona's own. */
export interface AskerOf {
  readonly persona: Persona;
  readonly urls: Urls;
  readonly access?: Partial<Pick<Access, "purpose" | "case" | "reason">>;
  /** The files of the persona's certificate, where its door asks for one. */
  readonly certificate?: CertificateFiles | undefined;
}

const kept = new Map<string, Asker>();

/** Everybody in Orvanda asks with the client kit. Who asks again for the same purpose and case has the token still. */
export function askerFor({ persona, urls, access = {}, certificate }: AskerOf): Asker {
  const whole = { ...accessOf(persona), ...access };
  const { gateway, issuer, consent } = urls;
  const name = [
    persona.name,
    gateway,
    issuer,
    consent,
    whole.purpose,
    whole.case,
    certificate?.cert,
    whole.reason,
  ].join(" ");
  const known = kept.get(name) ?? createClient(clientOf(persona, urls, certificate)).for(whole);
  kept.set(name, known);
  return known;
}
