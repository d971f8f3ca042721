import { createPublicKey, generateKeyPairSync } from "node:crypto";
import {
  type CanonicalPerson,
  type Coordinate,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  Seals,
  type Signer,
} from "#libs/terms";
import type { RegisterKeys } from "./receipt.js";
import { ConsentRegister, type Draft } from "./register.js";
import type { ConsentStorage } from "./storage.js";
import type { Act } from "./transitions.js";

/** Two providers, a register and the people of this file's tests. */
export const civil = "org:civil" as OrgId;
export const disability = "org:disability" as OrgId;
export const clinic = "org:clinic" as OrgId;
export const keeper = "org:registry" as OrgId;
export const statusUri = "https://registry.example/status";
export const referral = "referral" as PurposeCode;
export const research = "research" as PurposeCode;
export const fields = {
  level: "DisabilityEnrolment.assessedLevel" as Coordinate,
  since: "DisabilityEnrolment.since" as Coordinate,
  name: "Identity.fullName" as Coordinate,
};
export const signer: Signer = { kid: "registry-consent-1", key: generateKeyPairSync("ed25519").privateKey };
export const registerKeys: RegisterKeys = (kid) =>
  kid === signer.kid ? { iss: keeper, key: createPublicKey(signer.key) } : undefined;
export const seals = new Seals({ seal: "p1", open: ["p1"], masters: new Map([["p1", new Uint8Array(32)]]) });
export const person = (number: number) => `nid:${String(number).padStart(10, "0")}` as CanonicalPerson;

export const openRegister = (storage: ConsentStorage, under = seals) =>
  new ConsentRegister({ storage, seals: under, signer, keeper, statusUri });

export function inPerson(at: Date, by: Act["by"] = "data-subject"): Act {
  const officer = "officer:d31" as PartyId;
  return { by, method: { how: "in-person", organisation: clinic, officer, evidence: digestOf("paper") }, at };
}

export function draft(at: Date, change: Partial<Draft> = {}): Draft {
  return {
    kind: "consent",
    person: person(1),
    recipient: clinic,
    purposes: [{ purpose: referral }, { purpose: research }],
    information: [
      { controller: civil, coordinates: [fields.name] },
      { controller: disability, coordinates: [fields.level, fields.since] },
    ],
    from: at,
    until: new Date(at.getTime() + 3_600_000),
    act: inPerson(at),
    ...change,
  };
}
