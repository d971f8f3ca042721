import { readFileSync } from "node:fs";
import { buildConnector } from "undici";
import { WeftError } from "#libs/terms";
import { z } from "zod";
import { followFiles } from "./follow-files.js";
import type { Logger } from "./log.js";
import { assertOwn, onRenewal, ownThumbprint, usable } from "./tls.js";

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

/** How connections to other machines are opened. */
export interface ClientTls {
  /**
   * For an undici Pool or Agent. Each connection shows the certificate that the files hold when it is opened; those that are open stay.
   * Milliseconds.
   */
  connector(timeout: number): buildConnector.connector;
  /** `x5t#S256` of the certificate that a connection shows which is opened now. */
  thumbprint(): string;
}

/** Undefined: no certificate of one's own, and the system's authorities. */
export function clientTls(
  config: z.output<z.ZodObject<typeof clientTlsVariables>>,
  logger: Logger,
): ClientTls | undefined {
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
  const current = followFiles(
    [certFile, keyFile, caFile],
    () => {
      assertOwn("WEFT_CLIENT_TLS_KEY_FILE", keyFile);
      return usable({ cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(caFile) });
    },
    onRenewal(logger, "certificate for calls"),
  );
  return { connector: (timeout) => connectorOf(current, timeout), thumbprint: () => ownThumbprint(current()) };
}

/** No session of an earlier certificate is taken up again: each certificate has a connector of its own. */
function connectorOf(current: () => buildConnector.BuildOptions, timeout: number): buildConnector.connector {
  let shown = current();
  let open = buildConnector({ ...shown, timeout });
  return (options, callback) => {
    const now = current();
    if (now !== shown) {
      shown = now;
      open = buildConnector({ ...now, timeout });
    }
    open(options, callback);
  };
}
