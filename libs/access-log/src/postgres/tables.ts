import type { B64u } from "#libs/terms";

/** As the migrations leave them. A `bigint` is read as text. */
export interface Tables {
  log_head: { size: string; root: Buffer; at: Date };
  tree_hash: { level: number; index: number; hash: Buffer };
  record: { index: number | string; jwt: string; at: Date };
  disclosure: { index: number | string; texts: string; at: Date };
  request_key: { key: Buffer; until: Date };
  open_intent: { jti: B64u; exp: Date; iss: string | null };
}
