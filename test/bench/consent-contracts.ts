import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * What a copy of Orvanda's contracts is given so that consent can be tried at length: a list that rests on consent, the same list by law,
 * and of each person on it a field of two other ministries on consent; machines that may be asked as often as one likes. To be signed
 * anew afterwards. Imports nothing, so that the journeys and the bench can both use it.
 *
 *     org:clinic, referral   cash: the list and Person.cashTransfer on consent
 *     org:cash,   referral   cash: the same by law · civil: fullName on consent · disability: assessedLevel on consent
 */
export function addConsentAgreements(dir: string): void {
  const edit = (file: string, change: (text: string) => string) => {
    const text = readFileSync(path.join(dir, file), "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`${file} is no longer what is changed here.`);
    writeFileSync(path.join(dir, file), changed);
  };
  edit("subgraphs/cash/schema.graphql", (text) =>
    text.replaceAll(
      '"benefit-payment"], bases: [PUBLIC_TASK, LEGAL_OBLIGATION]',
      '"benefit-payment", "referral"], bases: [PUBLIC_TASK, LEGAL_OBLIGATION, CONSENT]',
    ),
  );
  edit("subgraphs/civil/schema.graphql", (text) =>
    text.replaceAll('"enrolment"], bases: [PUBLIC_TASK]', '"enrolment", "referral"], bases: [PUBLIC_TASK, CONSENT]'),
  );
  for (const ministry of ["cash", "civil", "disability"])
    edit(`subgraphs/${ministry}/adapter.yaml`, (text) =>
      text.replace(/personsPerMinute: \d+/, "personsPerMinute: 1000000"),
    );
  const list = {
    Query: ["cashTransferEnrolments"],
    CashTransferEnrolment: ["person", "status", "since", "monthlyAmount"],
  };
  const filters = ["Query.cashTransferEnrolments(district:)", "Query.cashTransferEnrolments(status:)"];
  const level = { DisabilityEnrolment: ["status", "since", "assessedLevel"] };
  edit("agreements/house-cash-2026/agreement.yaml", addGrant("public-task", list, filters));
  edit("agreements/dsa-civil-cash-2026/agreement.yaml", addGrant("consent", { Identity: ["fullName"] }));
  addAgreement(dir, "cash", "clinic", addGrant("consent", list, filters));
  addAgreement(dir, "disability", "cash", addGrant("consent", level));
}

function addGrant(basis: string, fields: object, filters: readonly string[] = []): (text: string) => string {
  const grant = { purpose: "referral", basis, provision: "Test Act s. 1", subjects: "any", fields, filters };
  return (text) => text.replace(/\noperations:/, `\n  - ${JSON.stringify(grant)}\noperations:`);
}

function addAgreement(dir: string, provider: string, consumer: string, change: (text: string) => string): void {
  const name = `dsa-${provider}-${consumer}-2026`;
  const folder = path.join(dir, "agreements", name);
  const text = `agreement: ${name}
version: 1
state: active
provider: org:${provider}
consumer: org:${consumer}
summary: { en: "A test's own.", fr: "Propre à un test.", ar: "خاص باختبار." }
valid: { from: "2026-01-01T00:00:00Z", until: "2027-12-31T23:59:59Z" }
grants:
operations: { mode: within-grant, folder: operations/ }
limits: { personsPerRequest: 500 }
duties: { retention: P30D, onward: none }
options: { discloseConsentState: false, callerProof: none, listRecording: provider }
meaning: "sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
`;
  mkdirSync(path.join(folder, "signatures"), { recursive: true });
  writeFileSync(path.join(folder, "agreement.yaml"), change(text));
}
