import type {
  Investigation,
  InvestigationActionRequest,
  InvestigationRequest,
  InvestigationsAnswer,
  InvestigationAction,
} from "#libs/review";
import { call } from "../api.js";

export type { Investigation, InvestigationAction, InvestigationActionRequest, InvestigationRequest };

export const investigationCalls = {
  all: () => call<InvestigationsAnswer>("/api/investigations"),
  one: (id: string) => call<Investigation>(`/api/investigations/${encodeURIComponent(id)}`),
  open: (csrf: string, body: InvestigationRequest) => call<Investigation>("/api/investigations", { csrf, body }),
  act: (csrf: string, id: string, action: InvestigationAction, body: InvestigationActionRequest) =>
    call<Investigation>(`/api/investigations/${encodeURIComponent(id)}/${action}`, { csrf, body }),
};
