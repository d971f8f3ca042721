import { WeftError } from "./error.js";

declare const brand: unique symbol;
/** A string that a parser has accepted as a `Name`; there is no other way to make one. */
export type Branded<Name extends string> = string & { readonly [brand]: { readonly [N in Name]: true } };

/** `org:… client:… officer:… gateway:… adapter:…`, at most 64 characters. */
export type PartyId = Branded<"PartyId">;
/** A `PartyId` that is an organisation: the only kind that can be a dataController. */
export type OrgId = PartyId & Branded<"OrgId">;
/** `Type.field`, as in GraphQL schema coordinates. */
export type Coordinate = Branded<"Coordinate">;
/** A purpose of `purposes.yaml`, for example `eligibility-assessment`. */
export type PurposeCode = Branded<"PurposeCode">;
export type AgreementId = Branded<"AgreementId">;
export type CaseId = Branded<"CaseId">;

function parser<T extends string>(what: string, pattern: RegExp): (text: unknown) => T {
  return (text) => {
    if (typeof text !== "string" || !pattern.test(text)) {
      throw new WeftError("REQUEST_MALFORMED", { message: `Not a well-formed ${what}.` });
    }
    return text as T;
  };
}

export const parsePartyId = parser<PartyId>("party", /^(?=.{3,64}$)(org|client|officer|gateway|adapter):[a-z0-9._-]+$/);
export const parseOrgId = parser<OrgId>("organisation", /^(?=.{3,64}$)org:[a-z0-9._-]+$/);
export const parseCoordinate = parser<Coordinate>("coordinate", /^[_A-Za-z][_0-9A-Za-z]*\.[_A-Za-z][_0-9A-Za-z]*$/);
export const parsePurposeCode = parser<PurposeCode>("purpose", /^[a-z][a-z0-9-]{1,62}$/);
export const parseAgreementId = parser<AgreementId>("agreement", /^[a-z][a-z0-9-]{1,63}$/);
export const parseCaseId = parser<CaseId>("case", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/);

export function coordinate(type: string, field: string): Coordinate {
  return `${type}.${field}` as Coordinate;
}
