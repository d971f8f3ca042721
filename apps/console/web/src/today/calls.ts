import type { OfficesAnswer, TodayAnswer, WorkItem } from "#libs/review";
import { call } from "../api.js";

export type { OfficesAnswer, TodayAnswer, WorkItem };

export const todayCalls = {
  today: (csrf: string) => call<TodayAnswer>("/api/today", { csrf, body: {} }),
  offices: (csrf: string) => call<OfficesAnswer>("/api/today/offices", { csrf, body: {} }),
  done: (csrf: string, day: string, key: string) => call<undefined>("/api/today/done", { csrf, body: { day, key } }),
};
