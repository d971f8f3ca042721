import type {
  Reveal,
  RevealAction,
  RevealActionRequest,
  RevealAnswer,
  RevealRequest,
  RevealsAnswer,
} from "#libs/review";
import { call } from "../api.js";

export type { Reveal, RevealAction, RevealActionRequest, RevealAnswer, RevealRequest };

export const revealCalls = {
  all: () => call<RevealsAnswer>("/api/reveals"),
  ask: (csrf: string, body: RevealRequest) => call<RevealAnswer>("/api/reveals", { csrf, body }),
  act: (csrf: string, id: string, action: RevealAction, body: RevealActionRequest) =>
    call<RevealAnswer>(`/api/reveals/${encodeURIComponent(id)}/${action}`, { csrf, body }),
};
