import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { Agent } from "undici";
import { readOwn, unusable } from "./own-file.js";

/** Names of PEM files. */
export interface CertificateFiles {
  /** This system's certificate, with its chain. */
  readonly cert: string;
  /** Its private key, in a file that is its owner's alone. */
  readonly key: string;
  /** The authorities of those whom it calls. */
  readonly ca: string;
}

/**
 * For `mutualTls`: connections that show this certificate. It is read now; whoever renews it makes a new client, as the tokens of the
 * earlier one are bound to the certificate before. Throws CONFIG_INVALID.
 */
export function showCertificate({ cert, key, ca }: CertificateFiles): Agent {
  const shown = { cert: readText(cert), key: readOwn(key), ca: readText(ca) };
  try {
    createSecureContext(shown);
  } catch {
    throw unusable(cert, `is no certificate that ${key} belongs to`);
  }
  return new Agent({ connect: shown });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw unusable(file, "cannot be read");
  }
}
