import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadContracts } from "#libs/contracts";
import { adapterTry, openTerms, PersonSeals, type Trial } from "#libs/subgraph";
import { canonicalPerson, parseOrgId } from "#libs/terms";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { signSandboxContracts } from "../../../apps/sandbox/src/sign-contracts.js";

/** A ministry that joins the sandbox country under this name: its files are in `subgraphs/fund`, everything in them closed. */
export const provider = parseOrgId("org:fund");
export const sealKey = { kid: "p1", party: provider, bytes: Buffer.alloc(64, 7) };
export const nid = {
  name: "nid",
  pattern: /^\d{10}$/,
  normalise: [],
  decoys: { from: "0000000000", to: "0000999999" },
};
export const noConsents = {
  subjects: () => [],
  receiptsOf: () => [],
  statusOf: () => "valid" as const,
  isFresh: () => true,
  problems: () => [],
  position: () => 0,
  close: () => undefined,
};

export const agreementOf = (fields: string) => `agreement: dsa-fund-welfare
version: 1
state: active
provider: org:fund
consumer: org:welfare
summary: { en: "Whether an applicant is insured.", fr: "Si la personne est assurée.", ar: "هل الشخص مؤمن عليه." }
valid: { from: "2026-01-01T00:00:00Z", until: "2027-12-31T23:59:59Z" }
grants:
  - purpose: eligibility-assessment
    basis: public-task
    provision: "Social Benefits Act s. 12(3)"
    subjects: applicants
    fields: ${fields}
    filters: []
operations: { mode: within-grant, folder: operations/ }
limits: { personsPerRequest: 1, personsPerOfficerDay: 60, oldestData: P3650D }
duties: { retention: P30D, onward: none }
options: { discloseConsentState: false, callerProof: none, listRecording: provider }
meaning: "sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
`;
export const organisation = `  org:fund:
    name: { en: Insurance, fr: Assurance, ar: "التأمين" }
    dpo: "dpo@fund.orvanda.example"
    adapter: "https://adapter.fund.orvanda.example"
    keys:
      - kid: fund-agreement-1
        use: agreement
        jwk: { kty: OKP, crv: Ed25519, x: "${sandboxKey("fund-agreement-1").publicJwk.x ?? ""}" }
        from: "2025-12-01T00:00:00Z"
        until: "2028-12-31T23:59:59Z"
`;

/** Opens every rule of its schema to one purpose, agrees upon these fields (`{ Type: [a, b] }`), and signs. */
export async function join(contracts: string, fields: string): Promise<void> {
  const schema = path.join(contracts, "subgraphs", "fund", "schema.graphql");
  const opened = '@release(purposes: ["eligibility-assessment"], bases: [PUBLIC_TASK])';
  const closed = "@release(purposes: [], bases: [])";
  writeFileSync(schema, readFileSync(schema, "utf8").replaceAll(closed, opened));
  const agreement = path.join(contracts, "agreements", "dsa-fund-welfare");
  mkdirSync(agreement, { recursive: true });
  writeFileSync(path.join(agreement, "agreement.yaml"), agreementOf(fields));
  const registry = path.join(contracts, "registry.yaml");
  const text = readFileSync(registry, "utf8");
  if (!text.includes(organisation))
    writeFileSync(
      registry,
      text.replace(/^organisations:\n/m, (line) => line + organisation),
    );
  await signSandboxContracts(contracts, 2);
}

/** `weft adapter try` of one person for the consumer, with the ministry's own system behind it. */
export async function tryPerson(
  contracts: string,
  env: Readonly<Record<string, string>>,
  number: string,
): Promise<Trial> {
  const loaded = await loadContracts(contracts, { authorityKey: sandboxKey("authority-1").publicJwk, compose: false });
  const { sdl, adapter } = loaded.subgraphs.get(provider)!;
  const { version, schemes, rules, agreements } = loaded;
  const terms = await openTerms(
    { provider, version, sdl, adapter, schemes, rules: rules.values(), agreements },
    { env, sealKey },
  );
  const ministry = { provider, terms, seals: new PersonSeals([sealKey], "p1"), feed: noConsents };
  try {
    const who = canonicalPerson(nid, number);
    return await adapterTry(who, parseOrgId("org:welfare"), ministry, new Date("2026-11-21T12:00:00Z"));
  } finally {
    await terms.ministry.close();
  }
}
