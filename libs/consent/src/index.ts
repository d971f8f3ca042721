import type { AskingStorage } from "./asking/storage.js";
import type { PostgresConsents } from "./postgres/storage.js";

export * from "./adapter-assertion.js";
export * from "./asking/body.js";
export * from "./asking/code.js";
export * from "./asking/desk.js";
export * from "./asking/event.js";
export * from "./asking/request.js";
export * from "./asking/storage.js";
export * from "./chain.js";
export * from "./counts.js";
export * from "./evaluate.js";
export * from "./feed.js";
export * from "./feed-store.js";
export * from "./http-feed.js";
export { printConsentSchemas } from "./json-schema.js";
export * as members from "./members.js";
export * from "./receipt.js";
export * from "./receipt-index.js";
export * from "./record.js";
export * from "./register.js";
export * from "./signed-lists.js";
export * from "./status-list.js";
export * from "./storage.js";
export * from "./transitions.js";

/** Loaded when it is asked for: an adapter that imports this door needs no database driver. */
export async function openPostgresConsents(url: string): Promise<PostgresConsents> {
  return (await import("./postgres/storage.js")).openPostgresConsents(url);
}

/** On the register's own database, after its storage was opened. */
export async function openPostgresAsking(url: string): Promise<AskingStorage> {
  return (await import("./postgres/asking.js")).openPostgresAsking(url);
}
export type { PostgresConsents } from "./postgres/storage.js";
export type { UsedOnce } from "./postgres/used-once.js";
