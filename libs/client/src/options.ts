import { createPublicKey, type KeyObject } from "node:crypto";
import { WeftError } from "#libs/terms";
import type { CryptoKey } from "oauth4webapi";
import type { Dispatcher } from "undici";

/** What a system of an organisation is, and where it asks. The same for all of its questions. */
export interface ClientOptions {
  /** As its organisation's token service knows it: `client:welfare-casework`. */
  readonly client: string;
  /** What it shows itself by to the token service: an Ed25519 or P-256 private key. It never leaves this process. */
  readonly key: { readonly kid: string; readonly key: KeyObject };
  readonly issuer: {
    /** The name that stands in tokens as `iss`. */
    readonly iss: string;
    readonly tokenEndpoint: string;
  };
  /** The gateway's address, as it is known by: tokens are for it. */
  readonly gateway: string;
  /** The consent register's address, where consents are asked for. */
  readonly register?: string;
  /**
   * Shows this system's TLS certificate (`showCertificate`, or an undici Agent of one's own): tokens are then bound to the certificate
   * (RFC 8705). Without it they are bound to a key of this process's own by DPoP (RFC 9449).
   */
  readonly mutualTls?: Dispatcher;
  /** Milliseconds for one answer of the token service. */
  readonly tokenTimeout?: number;
}

/** One purpose, one case, one officer: what an access token says, and no question may change. */
export interface Access {
  readonly purpose: string;
  readonly case?: string;
  /** Narrows the question to these agreements. */
  readonly agreements?: readonly string[];
  readonly consentReceipts?: readonly string[];
  /** Where a life is in danger: why, in a sentence of 10 to 300 characters. It is recorded, and people review it. */
  readonly reason?: string;
  /**
   * The directory's assertion about the officer, a new one at each call: it is used once. Without it the system asks for itself, as a
   * nightly batch does.
   */
  readonly officer?: () => string | Promise<string>;
}

/** Throws CONFIG_INVALID where tokens or keys would travel in the clear, or a key is of a kind that nobody takes. */
export function checkOptions({ key, issuer, gateway, register }: ClientOptions): void {
  const addresses = { gateway, register, tokenEndpoint: issuer.tokenEndpoint };
  for (const [name, address] of Object.entries(addresses)) if (address !== undefined) assertSafe(name, address);
  algorithmOf(key.key);
}

/** Plain HTTP on this machine only. */
export function isLoopback({ hostname }: URL): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
}

function assertSafe(name: string, address: string): void {
  const url = URL.parse(address);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url))) return;
  throw invalid(`${name} is not an https address (http is for loopback only)`);
}

/** WebCrypto's form of a private key, in which it cannot be read out again. */
export function signingKey(key: KeyObject): CryptoKey {
  return key.toCryptoKey(algorithmOf(key), false, ["sign"]);
}

function algorithmOf(key: KeyObject): { name: string; namedCurve?: string } {
  if (key.type === "private" && key.asymmetricKeyType === "ed25519") return { name: "Ed25519" };
  const curve =
    key.type === "private" && key.asymmetricKeyType === "ec" && createPublicKey(key).export({ format: "jwk" });
  if (curve && curve.crv === "P-256") return { name: "ECDSA", namedCurve: "P-256" };
  throw invalid("the key is not an Ed25519 or P-256 private key");
}

function invalid(detail: string): WeftError {
  return new WeftError("CONFIG_INVALID", { message: `The client's configuration: ${detail}.`, detail });
}
