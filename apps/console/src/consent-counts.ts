import { type buildConnector, Pool } from "undici";
import type { InclusionProof, IssuedRecord } from "#libs/access-log";
import { RegisterCounts } from "#libs/review";
import { WeftError } from "#libs/terms";

/** What the console may ask of the consent register: figures, with the record of the look that asks for them. */
export interface ConsentCounts {
  /** Throws RECORD_UNAVAILABLE where the register does not answer, or not with figures. */
  count(record: Pick<IssuedRecord, "presentation">, inclusion: InclusionProof): Promise<RegisterCounts>;
  close(): Promise<void>;
}

/** Milliseconds. */
const TIMEOUT = 15_000;

export function openConsentCounts(
  url: string | undefined,
  tls: { connector(timeout: number): buildConnector.connector } | undefined,
): ConsentCounts | undefined {
  if (url === undefined) return undefined;
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections: 2,
    headersTimeout: TIMEOUT,
    ...(tls && { connect: tls.connector(TIMEOUT) }),
  });
  return {
    async count(record, { text: proof }) {
      try {
        const { statusCode, body } = await pool.request({
          method: "POST",
          path: `${pathname.replace(/\/$/, "")}/counts`,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ record: record.presentation(), proof }),
          signal: AbortSignal.timeout(TIMEOUT),
        });
        const read = RegisterCounts.safeParse(await body.json());
        if (statusCode === 200 && read.success) return read.data;
        throw unavailable(`an answer of status ${statusCode}`);
      } catch (error) {
        throw error instanceof WeftError ? error : unavailable("no answer", error);
      }
    },
    close: () => pool.close(),
  };
}

function unavailable(detail: string, cause?: unknown): WeftError {
  return new WeftError("RECORD_UNAVAILABLE", {
    detail: `consent register: ${detail}`,
    message: "The consent register does not answer.",
    cause,
  });
}
