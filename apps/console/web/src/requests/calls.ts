import type {
  LetterAnswer,
  RequestAnswer,
  RequestDraft,
  RequestMove,
  RequestsAnswer,
  ShownRequest,
} from "#libs/review";
import { call } from "../api.js";

export type { LetterAnswer, RequestDraft, RequestMove, ShownRequest };

const at = (id: string, what: string) => `/api/requests/${encodeURIComponent(id)}/${what}`;

export const requestCalls = {
  all: () => call<RequestsAnswer>("/api/requests"),
  receive: (csrf: string, body: RequestDraft) => call<RequestAnswer>("/api/requests", { csrf, body }),
  take: (csrf: string, id: string, body: RequestMove) => call<RequestAnswer>(at(id, "steps"), { csrf, body }),
  write: (csrf: string, id: string) => call<LetterAnswer>(at(id, "letter"), { csrf, body: {} }),
};
