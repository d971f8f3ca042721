import type { Consent } from "./law.js";
import type { Agreement, Papers } from "./papers.js";

/** The dimensions of the matrix, and what each state of them means in the parties' own papers. */

export const consumers = ["org:welfare", "org:cash", "org:clinic", "org:bank"] as const;

export const agreementStates = ["active", "suspended", "terminated", "not yet valid", "expired", "none"] as const;
export type AgreementState = (typeof agreementStates)[number];

export const consentStates = [
  "given",
  "none",
  "withdrawn",
  "expired",
  "other purpose",
  "other field",
  "other recipient",
] as const;
export type ConsentState = (typeof consentStates)[number];

export const restrictions = ["none", "objection", "protection"] as const;
export type Restriction = (typeof restrictions)[number];

const DAY = 86_400_000;

/** What a state changes in an agreement's file. Undefined: there is no such agreement. */
export function termsIn(
  state: AgreementState,
  valid: Agreement["valid"],
  now: Date,
): Pick<Agreement, "state" | "valid"> | undefined {
  const day = (days: number) => new Date(now.getTime() + days * DAY).toISOString().replace(/\.\d+Z$/, "Z");
  if (state === "none") return undefined;
  if (state === "not yet valid") return { state: "active", valid: { from: day(1), until: day(366) } };
  if (state === "expired") return { state: "active", valid: { from: valid.from, until: day(-1) } };
  return { state, valid };
}

export function agreementsIn(stateOf: (agreement: Agreement) => AgreementState, papers: Papers, now: Date): Papers {
  const agreements = papers.agreements.flatMap((agreement) => {
    const terms = termsIn(stateOf(agreement), agreement.valid, now);
    return terms ? [{ ...agreement, ...terms }] : [];
  });
  return { ...papers, agreements };
}

/** What the cell asks for: what a consent would have to name. */
export interface Wanted {
  readonly consumers: readonly string[];
  readonly purposes: readonly string[];
  readonly fields: readonly string[];
}

/** The consents of a person in the given state, about what is wanted. `all` is everything that could be named instead. */
export function consentsIn(state: ConsentState, wanted: Wanted, all: Wanted): readonly Consent[] {
  if (state === "none") return [];
  const others = <T>(from: readonly T[], not: readonly T[]) => from.filter((it) => !not.includes(it));
  return [
    {
      recipients: state === "other recipient" ? others(all.consumers, wanted.consumers) : wanted.consumers,
      purposes: state === "other purpose" ? others(all.purposes, wanted.purposes) : wanted.purposes,
      fields: state === "other field" ? others(all.fields, wanted.fields) : wanted.fields,
      standing: state === "withdrawn" || state === "expired" ? state : "valid",
    },
  ];
}

export function everything(papers: Papers): Wanted {
  return { consumers, purposes: papers.purposes, fields: [...papers.fields.keys()] };
}
