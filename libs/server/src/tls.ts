import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { Server } from "node:https";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { z } from "zod";
import { WeftError } from "#libs/terms";
import { modeProblem } from "./config.js";
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
  return {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...(files.caFile === undefined ? {} : { ca: readFileSync(files.caFile) }),
    requestCert: files.caFile !== undefined,
    rejectUnauthorized: files.caFile !== undefined && files.clients !== "optional",
    minVersion: "TLSv1.2",
  };
}

function assertOwn(name: string, keyFile: string): void {
  const problem = modeProblem(keyFile);
  if (problem !== undefined) throw new WeftError("CONFIG_INVALID", { message: `${name} is not usable: ${problem}.` });
}

const RELOAD_EVERY = 60_000;

/** Certificates are renewed under a running server. One that cannot be used is left aside, and the last good one kept. */
export function reloadTls(server: Server, files: TlsFiles, logger: Logger, every = RELOAD_EVERY): () => void {
  let last = digestOf(readTls(files));
  const timer = setInterval(() => {
    try {
      const fresh = readTls(files);
      if (digestOf(fresh) === last) return;
      server.setSecureContext(fresh);
      last = digestOf(fresh);
      logger.info({ event: "tls-reloaded" }, "The certificate was renewed.");
    } catch (error) {
      logger.error(
        { err: error, event: "tls-rejected" },
        "The renewed certificate cannot be used; the last one stays.",
      );
    }
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}

function digestOf({ cert, key, ca }: TlsOptions): string {
  const hash = createHash("sha256");
  for (const part of [cert, key, ca ?? Buffer.alloc(0)]) hash.update(part);
  return hash.digest("base64url");
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

/** The same of the certificate that this process shows to others. */
export const ownThumbprint = ({ cert }: Pick<ClientTls, "cert">): string => thumbprintOf(new X509Certificate(cert).raw);

/** The variables of a process that calls others over mTLS; spread them into an app's own schema. */
export const clientTlsVariables = {
  WEFT_CLIENT_TLS_CERT_FILE: z
    .string()
    .optional()
    .describe("the name of a PEM file with this process's own certificate"),
  WEFT_CLIENT_TLS_KEY_FILE: z
    .string()
    .optional()
    .describe("the name of a PEM file with that certificate's private key"),
  WEFT_CLIENT_TLS_CA_FILE: z
    .string()
    .optional()
    .describe("the name of a PEM file with the authorities of those called"),
} as const;

export interface ClientTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Undefined: no certificate of one's own, and the system's authorities. Read once, at the start. */
export function clientTls(config: z.output<z.ZodObject<typeof clientTlsVariables>>): ClientTls | undefined {
  const {
    WEFT_CLIENT_TLS_CERT_FILE: certFile,
    WEFT_CLIENT_TLS_KEY_FILE: keyFile,
    WEFT_CLIENT_TLS_CA_FILE: caFile,
  } = config;
  if (certFile === undefined && keyFile === undefined && caFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined || caFile === undefined)
    throw new WeftError("CONFIG_INVALID", {
      message: "WEFT_CLIENT_TLS_CERT_FILE, _KEY_FILE and _CA_FILE belong together: set all three, or none.",
    });
  assertOwn("WEFT_CLIENT_TLS_KEY_FILE", keyFile);
  const [cert, key, ca] = [certFile, keyFile, caFile].map((file) => readFileSync(file, "utf8"));
  return { cert: cert!, key: key!, ca: ca! };
}
