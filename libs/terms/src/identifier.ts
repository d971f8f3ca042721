import { WeftError } from "./error.js";

declare const brand: unique symbol;
/** A string that a parser has accepted as a `Name`; there is no other way to make one. */
export type Branded<Name extends string> = string & { readonly [brand]: { readonly [N in Name]: true } };

/** `org:… client:… officer:… gateway:… adapter:… review:…`, at most 64 characters. */
export type PartyId = Branded<"PartyId">;
/** A `PartyId` that is an organisation: the only kind that can be a dataController. */
export type OrgId = PartyId & Branded<"OrgId">;
/** `Type.field`, as in GraphQL schema coordinates. */
export type Coordinate = Branded<"Coordinate">;
/** A purpose of `purposes.yaml`, for example `eligibility-assessment`. */
export type PurposeCode = Branded<"PurposeCode">;
export type AgreementId = Branded<"AgreementId">;
export type CaseId = Branded<"CaseId">;

function accepted(what: string, pattern: RegExp, text: unknown): string {
  if (typeof text === "string" && pattern.test(text)) return text;
  throw new WeftError("REQUEST_MALFORMED", { message: `Not a well-formed ${what}.` });
}

const party = /^(?=.{3,64}$)(org|client|officer|gateway|adapter|review):[a-z0-9._-]+$/;
const organisation = /^(?=.{3,64}$)org:[a-z0-9._-]+$/;
const fieldCoordinate = /^[_A-Za-z][_0-9A-Za-z]*\.[_A-Za-z][_0-9A-Za-z]*$/;

export function parsePartyId(text: unknown): PartyId {
  return accepted("party", party, text) as PartyId;
}

export function parseOrgId(text: unknown): OrgId {
  return accepted("organisation", organisation, text) as OrgId;
}

export function parseCoordinate(text: unknown): Coordinate {
  return accepted("coordinate", fieldCoordinate, text) as Coordinate;
}

export function parsePurposeCode(text: unknown): PurposeCode {
  return accepted("purpose", /^[a-z][a-z0-9-]{1,62}$/, text) as PurposeCode;
}

export function parseAgreementId(text: unknown): AgreementId {
  return accepted("agreement", /^[a-z][a-z0-9-]{1,63}$/, text) as AgreementId;
}

export function parseCaseId(text: unknown): CaseId {
  return accepted("case", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/, text) as CaseId;
}

export function coordinate(type: string, field: string): Coordinate {
  return `${type}.${field}` as Coordinate;
}
