import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Access, type CertificateFiles, type ClientFile, type ClientOptions, showCertificate } from "#libs/client";
import { parsePartyId } from "#libs/terms";
import { signOfficerAssertion } from "#libs/token";
import { SIGNED_IN_BY } from "./issuer-files.js";
import { sandboxKey, sandboxPrivateJwk } from "./keys.js";
import { type Certificates, type Persona, personas } from "./personas.js";

/** The personas as the client kit knows a system and an officer; and the same as files, for `weft token`. */

export interface Urls {
  readonly gateway: string;
  readonly issuer: string;
  readonly consent?: string;
}

export function clientOf(
  { client, clientKey, org, issuer }: Persona,
  urls: Urls,
  certificate?: CertificateFiles,
): ClientOptions {
  return {
    client,
    key: { kid: clientKey, key: sandboxKey(clientKey).privateKey },
    issuer: { iss: issuer.iss, tokenEndpoint: tokenEndpointOf(org, urls) },
    gateway: urls.gateway,
    ...(urls.consent !== undefined && { register: urls.consent }),
    ...(certificate && { mutualTls: showCertificate(certificate) }),
  };
}

/** The persona's purpose and case, with its officer behind it: here the sandbox is the directory too. */
export function accessOf(persona: Persona): Access & { readonly officer: () => string } {
  return { purpose: persona.purpose, case: persona.caseId, officer: () => officerAssertion(persona, new Date()) };
}

/** `signedIn`: when, in seconds; just now, unless told. */
export function officerAssertion(
  { client, officer, role, issuer, directory }: Persona,
  now: Date,
  signedIn = Math.floor(now.getTime() / 1000),
): string {
  const draft = {
    iss: directory.iss,
    aud: issuer.iss,
    sub: parsePartyId(officer),
    client_id: parsePartyId(client),
    roles: [role],
    acr: SIGNED_IN_BY,
    auth_time: signedIn,
  };
  return signOfficerAssertion(draft, { kid: directory.kid, key: sandboxKey(directory.kid).privateKey }, now);
}

/** For each persona the client's own file, and one that says which officer sits at it and how the directory vouches for them. */
export function writeClientFiles(folder: string, urls: Required<Urls>, certificates?: Certificates): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, content: object) =>
    writeFileSync(path.join(folder, name), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  for (const persona of Object.values(personas)) {
    const { name, client, clientKey, org, issuer, directory, officer, role, purpose, caseId } = persona;
    const file: ClientFile = {
      client,
      key: { kid: clientKey, file: `${name}.jwk` },
      issuer: { iss: issuer.iss, tokenEndpoint: tokenEndpointOf(org, urls) },
      gateway: urls.gateway,
      register: urls.consent,
      ...(certificates && { certificate: certificates[name] }),
    };
    write(`${name}.client.json`, file);
    write(`${name}.jwk`, sandboxPrivateJwk(clientKey));
    write(`${name}.directory.jwk`, sandboxPrivateJwk(directory.kid));
    write(`${name}.officer.json`, {
      officer,
      roles: [role],
      acr: SIGNED_IN_BY,
      directory: { iss: directory.iss, kid: directory.kid, file: `${name}.directory.jwk` },
      purpose,
      case: caseId,
    });
  }
}

function tokenEndpointOf(org: string, { issuer }: Urls): string {
  return `${issuer}/${org.slice("org:".length)}/token`;
}
