import type {
  AgreementAnswer,
  AgreementsAnswer,
  AgreementSummary,
  AgreementUseAnswer,
  AgreementUseRequest,
  SuspendRequest,
} from "#libs/review";
import { call } from "../api.js";

export type { AgreementAnswer, AgreementSummary, AgreementUseAnswer, AgreementUseRequest, SuspendRequest };
export type Standing = AgreementSummary["standing"];

const place = (id: string, language: string, step = "") =>
  `/api/agreements/${encodeURIComponent(id)}${step}?language=${language}`;

export const agreementCalls = {
  all: (language: string) => call<AgreementsAnswer>(`/api/agreements?language=${language}`),
  terms: (id: string, language: string) => call<AgreementAnswer>(place(id, language)),
  use: (id: string, language: string, csrf: string, body: AgreementUseRequest) =>
    call<AgreementUseAnswer>(place(id, language, "/use"), { csrf, body }),
  suspend: (id: string, language: string, csrf: string, body: SuspendRequest) =>
    call<AgreementAnswer>(place(id, language, "/suspension"), { csrf, body }),
};
