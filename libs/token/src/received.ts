import type { TokenRequest } from "./verify.js";

/** A request as Node.js has it (`IncomingMessage`), and the certificate that its TLS layer has verified. */
export interface ReceivedRequest {
  readonly method?: string | undefined;
  readonly headersDistinct: Readonly<Record<string, string[] | undefined>>;
}

/**
 * `url`: as callers write it; its query is no part of what a proof names (RFC 9449). A header that is sent twice is no header: which of the
 * two counts must never be a question, and Node.js hands over the first without a word.
 */
export function tokenRequestOf(
  { method = "", headersDistinct }: ReceivedRequest,
  url: string,
  clientCertificate: Uint8Array | undefined,
): TokenRequest {
  const only = (name: string) => (headersDistinct[name]?.length === 1 ? headersDistinct[name][0] : undefined);
  return {
    authorization: only("authorization"),
    dpop: only("dpop"),
    method,
    url: url.split("?")[0]!,
    ...(clientCertificate && { clientCertificate }),
  };
}
