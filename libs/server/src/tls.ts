import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { Server } from "node:https";
import { createSecureContext, type PeerCertificate, type TLSSocket } from "node:tls";
import { z } from "zod";
import { WeftError } from "#libs/terms";
import { modeProblem } from "./config.js";
import { followFiles, type OnChange } from "./follow-files.js";
import type { Logger } from "./log.js";

/** The variables of a server that speaks TLS; spread them into an app's own schema. */
export const tlsVariables = {
  WEFT_TLS_CERT_FILE: z.string().optional().describe("the name of a PEM file with the certificate and its chain"),
  WEFT_TLS_KEY_FILE: z.string().optional().describe("the name of a PEM file with the certificate's private key"),
  WEFT_TLS_CA_FILE: z
    .string()
    .optional()
    .describe("the name of a PEM file with the authorities of callers' certificates"),
  WEFT_TLS_CLIENTS: z
    .enum(["required", "optional"], "neither required nor optional")
    .optional()
    .describe("required (the default once WEFT_TLS_CA_FILE is set) or optional"),
} as const;

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** With it callers are asked for a certificate of these authorities. */
  readonly caFile?: string;
  readonly clients?: "required" | "optional";
}

/** Undefined: plain HTTP, which `selfCheck` allows on loopback only. */
export function tlsFiles(config: z.output<z.ZodObject<typeof tlsVariables>>): TlsFiles | undefined {
  const { WEFT_TLS_CERT_FILE: certFile, WEFT_TLS_KEY_FILE: keyFile, WEFT_TLS_CA_FILE: caFile } = config;
  if (certFile === undefined && keyFile === undefined && caFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined)
    throw new WeftError("CONFIG_INVALID", {
      message:
        "WEFT_TLS_CERT_FILE and WEFT_TLS_KEY_FILE belong together: set both, or neither and no WEFT_TLS_CA_FILE.",
    });
  const clients = config.WEFT_TLS_CLIENTS;
  return {
    certFile,
    keyFile,
    ...(caFile === undefined ? {} : { caFile }),
    ...(clients === undefined ? {} : { clients }),
  };
}

export interface TlsOptions {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: "TLSv1.2";
}

export function readTls(files: TlsFiles): TlsOptions {
  assertOwn("WEFT_TLS_KEY_FILE", files.keyFile);
  return usable({
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...(files.caFile === undefined ? {} : { ca: readFileSync(files.caFile) }),
    requestCert: files.caFile !== undefined,
    rejectUnauthorized: files.caFile !== undefined && files.clients !== "optional",
    minVersion: "TLSv1.2",
  });
}

export function assertOwn(name: string, keyFile: string): void {
  const problem = modeProblem(keyFile);
  if (problem !== undefined) throw new WeftError("CONFIG_INVALID", { message: `${name} is not usable: ${problem}.` });
}

/** Milliseconds between two looks at the files. */
const LOOK = 1_000;

/** Certificates and authorities are renewed under a running server: whoever is connected stays so, whoever comes meets the new ones. */
export function reloadTls(server: Server, files: TlsFiles, logger: Logger, every = LOOK): () => void {
  const names = [files.certFile, files.keyFile, ...(files.caFile === undefined ? [] : [files.caFile])];
  const current = followFiles(names, () => readTls(files), onRenewal(logger, "certificate"));
  let served = current();
  const timer = setInterval(() => {
    const now = current();
    if (now === served) return;
    served = now;
    server.setSecureContext(now);
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}

/** Throws where a certificate and its key are not each other's, where either is not one, or where an authority would be passed over. */
export function usable<T extends { readonly cert: Buffer; readonly key: Buffer; readonly ca?: Buffer }>(options: T): T {
  createSecureContext(options);
  if (options.ca !== undefined) assertAuthorities(options.ca.toString("latin1"));
  return options;
}

/** OpenSSL reads as far as it understands and says nothing of the rest: half a file would be half the authorities. */
function assertAuthorities(pem: string): void {
  const whole = pem.match(/^-----BEGIN CERTIFICATE-----\r?\n[^-]+^-----END CERTIFICATE-----\r?$/gm) ?? [];
  if (whole.length > 0 && whole.length === pem.split("BEGIN CERTIFICATE").length - 1 && whole.every(isCertificate))
    return;
  throw new WeftError("CONFIG_INVALID", { message: "The file of authorities does not hold whole certificates." });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

export function onRenewal(logger: Logger, what: string): OnChange {
  return {
    taken: () => logger.info({ event: "tls-reloaded" }, `The ${what} was renewed.`),
    leftAside: (err) =>
      logger.error({ err, event: "tls-rejected" }, `The renewed ${what} cannot be used; the last one stays.`),
  };
}

/** A caller's certificate that an authority of ours vouches for; nothing for any other. */
export interface ClientCertificate {
  readonly der: Buffer;
  /** `x5t#S256` of RFC 8705. */
  readonly thumbprint: string;
}

export function clientCertificateOf(request: IncomingMessage): ClientCertificate | undefined {
  const socket = request.socket as Partial<TLSSocket>;
  if (socket.authorized !== true) return undefined;
  const certificate = socket.getPeerCertificate?.() as Partial<PeerCertificate> | undefined;
  if (!certificate?.raw) return undefined;
  return { der: certificate.raw, thumbprint: thumbprintOf(certificate.raw) };
}

const thumbprintOf = (der: Buffer): string => createHash("sha256").update(der).digest("base64url");

/** The same of a certificate in PEM, such as the one that this process shows to others. */
export const ownThumbprint = ({ cert }: { readonly cert: string | Buffer }): string =>
  thumbprintOf(new X509Certificate(cert).raw);
