import type { PostgresReview } from "./postgres/storage.js";

export * from "./agreement-page.js";
export * from "./agreement-page-words.js";
export * from "./agreement-terms.js";
export * from "./agreements-api.js";
export * from "./alert-api.js";
export * from "./api.js";
export * from "./consents.js";
export * from "./consents-api.js";
export * from "./csv.js";
export * from "./id-token.js";
export * from "./investigation.js";
export * from "./investigations-api.js";
export * from "./keys.js";
export * from "./look-up.js";
export * from "./names.js";
export * from "./persons.js";
export * from "./present.js";
export * from "./emergency.js";
export * from "./record-words.js";
export * from "./requests/delay.js";
export * from "./requests/found.js";
export * from "./requests/json-schema.js";
export * from "./requests/letter.js";
export * from "./requests/letter-words.js";
export * from "./requests/request.js";
export * from "./requests/request-api.js";
export * from "./requests/request-work.js";
export * from "./requests/sign-letter.js";
export * from "./requests/usage.js";
export * from "./requests/usage-api.js";
export * from "./reveal.js";
export * from "./reviewer.js";
export * from "./session.js";
export * from "./sign-in.js";
export * from "./offices.js";
export * from "./today.js";
export * from "./today-api.js";
export * from "./worklist.js";
export * from "./worklist-kinds.js";
export * from "./watching/explainer.js";
export type { Households } from "./watching/relate.js";
export * from "./watching/vigil.js";
export type { PostgresReview } from "./postgres/storage.js";

/** Loaded when it is asked for: the command line shares this door, and needs no database driver. */
export async function openPostgresReview(url: string): Promise<PostgresReview> {
  return (await import("./postgres/storage.js")).openPostgresReview(url);
}
