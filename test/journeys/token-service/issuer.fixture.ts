import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createLogger, type HttpServer } from "#libs/server";
import { parsePartyId } from "#libs/terms";
import { signClientAssertion, signDpop, signOfficerAssertion } from "#libs/token";
import { type AppProcess, createApp } from "../../../apps/sandbox/src/app-process.js";
import { issuerClients, issuerSigningKeys, SIGNED_IN_BY } from "../../../apps/sandbox/src/issuer-files.js";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { personas } from "../../../apps/sandbox/src/personas.js";
import { reservePort } from "../../../apps/sandbox/src/ports.js";
import { repository } from "../../../apps/sandbox/src/repository.js";
import { type IssuerConfig, readIssuerConfig } from "../../../apps/issuer/src/config.js";
import { startIssuer } from "../../../apps/issuer/src/issuer.module.js";

/** The token service for Welfare and a bank, and a client of Welfare that can bend what it sends. */

export const GATEWAY = "https://gateway.example";
export const PUBLIC = "https://tokens.example";
export const TOKEN_URL = `${PUBLIC}/welfare/token`;
export const { iss } = personas.caseworker.issuer;
export const possession = generateKeyPairSync("ed25519").privateKey;
const { client, clientKey, directory, officer, role } = personas.caseworker;

export function writeFiles(folder: string, clients: object = issuerClients()): Record<string, string> {
  const json = (name: string, content: unknown): string => {
    const file = path.join(folder, name);
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
    return file;
  };
  const state = path.join(folder, "state");
  mkdirSync(state, { recursive: true });
  return {
    WEFT_PORT: "0",
    WEFT_MODE: "sandbox",
    WEFT_PUBLIC_URL: PUBLIC,
    WEFT_CONTRACTS: path.join(repository, "contracts"),
    WEFT_AUTHORITY_FILE: json("authority.jwk", sandboxKey("authority-1").publicJwk),
    WEFT_ORGANISATIONS: "org:welfare,org:bank",
    WEFT_CLIENTS_FILE: json("clients.json", clients),
    WEFT_SIGNING_KEYS_FILE: json("signing.json", issuerSigningKeys()),
    WEFT_RESOURCES: GATEWAY,
    WEFT_STATE_DIR: state,
    WEFT_LOG_LEVEL: "silent",
  };
}

export function startWith(env: Record<string, string>): Promise<HttpServer> {
  const config: IssuerConfig = readIssuerConfig(env);
  return startIssuer(config, createLogger({ name: "issuer", level: "silent" }));
}

/** The same as a process of its own, with a folder of its own. */
export async function spawnWith(folder: string, env: Record<string, string>): Promise<AppProcess> {
  const port = await reservePort(0);
  const state = path.join(folder, `state-${port}`);
  mkdirSync(state);
  return createApp({
    name: "issuer",
    script: "bin/issuer.js",
    port,
    ready: "/health/ready",
    logFile: path.join(folder, `issuer-${port}.log`),
    env: { ...env, WEFT_PORT: String(port), WEFT_STATE_DIR: state },
  });
}

export const clientAssertion = (audience = iss, key = sandboxKey(clientKey).privateKey, now = new Date()): string =>
  signClientAssertion(parsePartyId(client), audience, { kid: clientKey, key }, now);

export function officerAssertion(change: object = {}, key?: KeyObject, now = new Date()): string {
  const draft = {
    iss: directory.iss,
    aud: iss,
    sub: parsePartyId(officer),
    client_id: parsePartyId(client),
    roles: [role],
    acr: SIGNED_IN_BY,
    auth_time: Math.floor(now.getTime() / 1000),
    ...change,
  };
  return signOfficerAssertion(draft, { kid: directory.kid, key: key ?? sandboxKey(directory.kid).privateKey }, now);
}

export const details = (change: object = {}): string =>
  JSON.stringify([{ type: "registry_access", purpose: "eligibility-assessment", case: "c-1", ...change }]);

export const proof = (): string => signDpop({ method: "POST", url: TOKEN_URL }, possession, new Date());

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

type Form = Readonly<Record<string, string | undefined>>;

/** As a well-behaved client would, but for what is replaced; undefined leaves a part out. */
export async function askToken(at: string, form: Form = {}, headers: Form = { dpop: proof() }): Promise<Answered> {
  const whole: Form = {
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: clientAssertion(),
    resource: GATEWAY,
    authorization_details: details(),
    ...form,
  };
  const response = await fetch(`${at}/welfare/token`, {
    method: "POST",
    headers: given(headers),
    body: new URLSearchParams(given(whole)),
  });
  return { status: response.status, body: (await response.json()) as Answered["body"] };
}

export const exchange = (assertion = officerAssertion()): Form => ({
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  subject_token: assertion,
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
});

function given(parts: Form): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
