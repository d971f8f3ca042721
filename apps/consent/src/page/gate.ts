import type { FastifyRequest } from "fastify";
import { latinDigits } from "#libs/consent";
import { type CanonicalPerson, findCanonicalPerson } from "#libs/terms";
import type { World } from "../world.js";

/**
 * Who sits before the page. This is where a country puts its eID: another gate, which reads what the eID proved about the request and
 * asks for nothing (`asksNumber: false`).
 */
export interface PersonGate {
  readonly asksNumber: boolean;
  /** Undefined where it is not said, or is not of the form that the country gives numbers. */
  identify(request: FastifyRequest, form: Form, world: World): Promise<CanonicalPerson | undefined>;
}

export type Form = ReadonlyMap<string, readonly string[]>;

/**
 * By a number that the person says is theirs: worth what a number is worth that others know too. It keeps out a stranger who found a
 * code; it does not keep out the officer who was told the number.
 */
export const ownNumber: PersonGate = {
  asksNumber: true,
  identify: async (_request, form, { contracts }) => {
    const scheme = [...contracts.schemes.values()].find((one) => one.enum === form.get("scheme")?.[0]);
    const number = latinDigits(form.get("number")?.[0] ?? "").slice(0, 64);
    return scheme && findCanonicalPerson(scheme, number);
  },
};

/** A form as browsers send it. */
export function formOf(body: string): Form {
  const form = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(body)) form.set(name, [...(form.get(name) ?? []), value]);
  return form;
}
