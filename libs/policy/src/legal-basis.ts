/**
 * The grounds in law of GDPR Art. 6(1), a to f: a closed list. YAML says `public-task`; SDL, records and grants say
 * `PUBLIC_TASK`.
 */
export const legalBases = [
  "CONSENT",
  "CONTRACT",
  "LEGAL_OBLIGATION",
  "VITAL_INTEREST",
  "PUBLIC_TASK",
  "LEGITIMATE_INTEREST",
] as const;
export type LegalBasis = (typeof legalBases)[number];

/** The same, as an agreement's file spells them. */
export const legalBasisWords = [
  "consent",
  "contract",
  "legal-obligation",
  "vital-interest",
  "public-task",
  "legitimate-interest",
] as const;
export type LegalBasisWord = (typeof legalBasisWords)[number];
