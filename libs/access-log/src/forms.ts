import { z } from "zod";
import {
  type AgreementId,
  type B64u,
  type CaseId,
  codes,
  type Coordinate,
  type Digest,
  type OrgId,
  parseAgreementId,
  parseCaseId,
  parseCoordinate,
  parseOrgId,
  parsePartyId,
  parsePurposeCode,
  type PartyId,
  type PurposeCode,
  type SubjectRef,
} from "#libs/terms";

/** The words that parts of a record are made of, each with the one parser that it has. */
export const orgId = parsedBy<OrgId>(parseOrgId);
export const partyId = parsedBy<PartyId>(parsePartyId);
export const coordinate = parsedBy<Coordinate>(parseCoordinate);
export const purposeCode = parsedBy<PurposeCode>(parsePurposeCode);
export const agreementId = parsedBy<AgreementId>(parseAgreementId);
export const caseId = parsedBy<CaseId>(parseCaseId);
export const digest = matching<Digest>(/^sha-256:[A-Za-z0-9_-]{43}$/);
export const code = z.enum(Object.keys(codes) as [keyof typeof codes]);
export const count = z.int().min(0).max(1_000_000);
/** A sealed person, `kid.b64u`; who it is, only its provider can tell. */
export const subjectRefForm = /^[a-z0-9-]{1,16}\.[A-Za-z0-9_-]{16,128}$/;
export const subjectRef = matching<SubjectRef>(subjectRefForm);
/** 16 random bytes. */
export const recordIdForm = /^[A-Za-z0-9_-]{21}[AQgw]$/;
export const recordId = matching<B64u>(recordIdForm);

export function matching<T extends string>(form: RegExp): z.ZodType<T> {
  return z.string().regex(form) as unknown as z.ZodType<T>;
}

function parsedBy<T extends string>(parse: (value: unknown) => T): z.ZodType<T> {
  return z.string().refine((value) => {
    try {
      return parse(value) === value;
    } catch {
      return false;
    }
  }) as unknown as z.ZodType<T>;
}
