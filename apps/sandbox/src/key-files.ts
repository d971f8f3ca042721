import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deriveSealKey, type OrgId } from "#libs/terms";
import { explainingHouses } from "./case-registers.js";
import { issuerClients, issuerSigningKeys, staffNumbers } from "./issuer-files.js";
import { sandboxKey, sandboxPairKey, sandboxPrivateJwk, sandboxSealMaster, verifierKey } from "./keys.js";
import type { Certificates } from "./personas.js";

/** The files that the apps are pointed at: keys, pins and secrets, each readable by its owner only. */
export interface KeyFiles {
  readonly authority: string;
  readonly gatewaySigning: string;
  readonly sealMaster: string;
  readonly logSigning: string;
  readonly witnessSigning: string;
  readonly witnessPins: string;
  readonly consentSigning: string;
  readonly reviewSigning: string;
  readonly adapterPins: string;
  readonly adapterSeals: string;
  readonly adapterSigning: string;
  /** With what the civil register opens pairs. */
  readonly households: string;
  readonly issuerSigning: string;
  readonly issuerClients: string;
  readonly issuerNonce: string;
  /** Who the officers are, as their own houses know it. */
  readonly staff: string;
  /** Writes a secret that changes with every start; returns the file. */
  secret(name: string, text: string): string;
}

export const LOG_ORIGIN = "log.orvanda.example/qv";
export const WITNESS_NAME = "witness.orvanda.example/authority";

export interface KeyFilesOptions {
  readonly certificates?: Certificates | undefined;
  /** Where reviewers come back to after they signed in. */
  readonly consoleUrl?: string;
}

export function writeKeyFiles(
  dir: string,
  ministries: readonly string[],
  { certificates, consoleUrl }: KeyFilesOptions = {},
): KeyFiles {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const secret = (name: string, text: string): string => {
    const file = path.join(dir, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const json = (name: string, content: unknown) => secret(name, `${JSON.stringify(content, null, 2)}\n`);
  const { kid: sealKid, bytes } = sandboxSealMaster;
  const perMinistry = (of: (ministry: string) => unknown) =>
    Object.fromEntries(ministries.map((ministry) => [`org:${ministry}`, of(ministry)]));
  return {
    authority: json("authority.jwk", sandboxKey("authority-1").publicJwk),
    gatewaySigning: json("gateway.jwk", sandboxPrivateJwk("gateway-main-1")),
    sealMaster: json("seal-master.json", { [sealKid]: Buffer.from(bytes).toString("base64url") }),
    logSigning: json("log.jwk", sandboxPrivateJwk("log-1")),
    witnessSigning: json("witness.jwk", sandboxPrivateJwk("witness-1")),
    witnessPins: json("witness-pins.json", { logs: [verifierKey(LOG_ORIGIN, sandboxKey("log-1"))] }),
    reviewSigning: json("review.jwk", sandboxPrivateJwk("review-main-1")),
    consentSigning: json("consent.jwk", sandboxPrivateJwk("registry-consent-1")),
    adapterPins: json("adapter-pins.json", {
      gateways: [{ id: "gateway:main", kid: "gateway-main-1", jwk: sandboxKey("gateway-main-1").publicJwk }],
      logs: [verifierKey(LOG_ORIGIN, sandboxKey("log-1"))],
      witnesses: { quorum: 1, vkeys: [verifierKey(WITNESS_NAME, sandboxKey("witness-1"), 0x04)] },
      ministries: perMinistry((ministry) => {
        const { kty, crv, x } = sandboxKey(`${ministry}-agreement-1`).publicJwk;
        return [{ kty, crv, x }];
      }),
    }),
    adapterSeals: json(
      "adapter-seals.json",
      Object.fromEntries(
        [...ministries, ...explainingHouses].map((house) => {
          const key = deriveSealKey(sealKid, bytes, `org:${house}` as OrgId);
          return [key.party, { [sealKid]: Buffer.from(key.bytes).toString("base64url") }];
        }),
      ),
    ),
    adapterSigning: json(
      "adapter-signing.json",
      Object.fromEntries(
        [...ministries, ...explainingHouses].map((house) => [`org:${house}`, sandboxPrivateJwk(`${house}-adapter-1`)]),
      ),
    ),
    households: json("households.json", { "org:civil": sandboxPairKey("civil-household-1").privateJwk }),
    issuerSigning: json("issuer-signing.json", issuerSigningKeys()),
    issuerClients: json(
      "issuer-clients.json",
      issuerClients({ certificates, ...(consoleUrl !== undefined && { consoleUrl }) }),
    ),
    issuerNonce: secret("issuer-nonce.secret", randomBytes(32).toString("base64url")),
    staff: json("staff.json", staffNumbers()),
    secret,
  };
}
