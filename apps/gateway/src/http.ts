/** What the edge hands to the path and gets back from it: HTTP without a framework. */
export type AnswerMode = "filter" | "reject" | "explain";

export interface HttpQuestion {
  readonly authorization: string | undefined;
  readonly dpop: string | undefined;
  readonly method: string;
  /** The absolute URL that the caller's proof of possession names. */
  readonly url: string;
  readonly requestId?: string;
  /** DER of the caller's TLS certificate, where the TLS layer has verified one. */
  readonly clientCertificate?: Uint8Array;
  readonly body: Uint8Array;
  /** `Prefer: weft=reject` refuses the whole operation when anything is denied; `weft=explain` fetches nothing. */
  readonly mode: AnswerMode;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}
