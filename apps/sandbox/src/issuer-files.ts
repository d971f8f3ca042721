import { type JsonWebKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { sandboxKey, sandboxPrivateJwk } from "./keys.js";
import { type Certificates, type Persona, personas } from "./personas.js";
import { reviewingOrganisations, signInOf } from "./reviewers.js";

/** What the sandbox's four organisations tell their token service: clients, directories, roles, and the keys that sign. */

/** An organisation's purposes: those of the agreements that it asks under. */
const purposesOf: Readonly<Record<string, readonly string[]>> = {
  "org:welfare": ["eligibility-assessment", "enrolment", "referral", "benefit-payment"],
  "org:cash": ["benefit-payment", "enrolment", "referral"],
  "org:clinic": ["referral", "vital-interest"],
  "org:bank": ["identity-verification"],
};

const all = Object.values(personas);
/** Those whose systems ask, and those whose officers only review. */
export const issuingOrganisations = [...new Set([...all.map(({ org }) => org), ...reviewingOrganisations])];

/** How the officers of the sandbox sign in. */
export const SIGNED_IN_BY = "urn:orvanda:acr:smart-card";

/** Tokens are bound to the certificates of those who have one. With the address of a console: also who signs in there. */
export function issuerClients({
  certificates,
  consoleUrl,
}: { certificates?: Certificates | undefined; consoleUrl?: string } = {}): object {
  const entries = issuingOrganisations.map((org) => {
    const persona = all.find((one) => one.org === org);
    const asking = persona ? organisationOf(persona, certificates) : { clients: [], roles: {} };
    const signIn = consoleUrl === undefined ? undefined : signInOf(org, consoleUrl);
    return [org, { ...asking, ...(signIn && { signIn }) }];
  });
  return Object.fromEntries(entries) as object;
}

function organisationOf(persona: Persona, certificates: Certificates | undefined): object {
  const { name, org, client, clientKey, role, directory } = persona;
  const purposes = purposesOf[org] ?? [];
  const period = { from: "2025-12-01T00:00:00Z", until: "2028-12-31T23:59:59Z" };
  return {
    clients: [
      {
        id: client,
        keys: [{ kid: clientKey, jwk: bare(clientKey) }],
        purposes,
        ...(certificates
          ? { binding: "mtls", certificates: [thumbprintOf(certificates[name].cert)] }
          : { binding: "dpop" }),
        serviceOfficer: serviceOfficerOf(org),
      },
    ],
    directory: {
      iss: directory.iss,
      keys: [{ kid: directory.kid, jwk: bare(directory.kid), ...period }],
      acr: [SIGNED_IN_BY],
      maxAge: 43_200,
    },
    roles: { [role]: purposes },
  };
}

function thumbprintOf(file: string): string {
  const { fingerprint256 } = new X509Certificate(readFileSync(file));
  return Buffer.from(fingerprint256.replaceAll(":", ""), "hex").toString("base64url");
}

/** Who answers for what an organisation's systems ask at night. */
export function serviceOfficerOf(org: string): string {
  return `officer:${org.slice("org:".length)}-service`;
}

/** Pseudonym → staff number, at each organisation that has officers. */
export function staffNumbers(): object {
  const entries = all.map(({ org, officer }) => [org, { [officer]: `staff-${officer.slice("officer:".length)}` }]);
  return Object.fromEntries(entries) as object;
}

export function issuerSigningKeys(): object {
  const keyOf = (org: string): JsonWebKey => {
    const { kty, crv, x, d, kid } = sandboxPrivateJwk(`${org.slice("org:".length)}-issuer-1`);
    return { kty, crv, x, d, kid } as JsonWebKey;
  };
  return Object.fromEntries(issuingOrganisations.map((org) => [org, [keyOf(org)]]));
}

function bare(kid: string): JsonWebKey {
  const { kty, crv, x } = sandboxKey(kid).publicJwk;
  return { kty: kty!, crv: crv!, x: x! };
}
