import { generateKeyPairSync } from "node:crypto";
import type { SignedAgreement } from "#libs/policy";
import type { AgreementId, CaseId, PartyId, PurposeCode } from "#libs/terms";
import { accessTokenOf, signAccessToken } from "#libs/token";
import type { Case } from "./cases.js";
import { signerOf } from "./keys.js";
import { GATEWAY_URL } from "./names.js";
import type { World } from "./world.js";

export const CLIENT = "client:trial" as PartyId;
export const CASE = "c-trial";

const stranger = generateKeyPairSync("ed25519").privateKey;

/** What the consumer's own issuer signed for this officer and this case, or what a case puts in its place; null where the record holds none. */
export function callerProofOf(
  { record: { token } }: Case,
  { agreement: { consumer, grants } }: SignedAgreement,
  officer: string,
  { keys }: World,
): { readonly token: string } | null {
  if (token === undefined) return null;
  if (token === "a word") return { token };
  const claims = accessTokenOf(
    {
      iss: "https://issuer.school.trial.example",
      audience: token === "for another gateway" ? "https://elsewhere.example" : GATEWAY_URL,
      org: consumer,
      client: CLIENT,
      officer: (token === "of another officer" ? "officer:other" : officer) as PartyId,
      purpose: (token === "for another purpose" ? "referral" : grants[0]!.purpose) as PurposeCode,
      caseId: (token === "for another case" ? "c-other" : CASE) as CaseId,
      ...(token === "under another agreement" && { agreements: ["dsa-trial-clinic" as AgreementId] }),
      boundTo: { key: stranger },
    },
    new Date(Date.now() - (token === "over" ? HOUR : 0)),
  );
  const issuer = signerOf(keys, "school-issuer-1");
  return { token: signAccessToken(claims, token === "by a stranger" ? { ...issuer, key: stranger } : issuer) };
}

const HOUR = 3_600_000;
