import type { ConsentsAnswer, ConsentsRequest } from "#libs/review";
import { call } from "../api.js";

export type { ConsentsAnswer };

export const consentCalls = {
  count: (csrf: string, body: ConsentsRequest) => call<ConsentsAnswer>("/api/consents", { csrf, body }),
};
