import { Controller, Get, Header, Inject, Query, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import { type AlertsAnswer, EMERGENCY, emergencyReview, scopeOf, type Reviewer, type ShownAlert } from "#libs/review";
import { WeftError } from "#libs/terms";
import type { Alert, AlertScope } from "#libs/vigilance";
import { CONSOLE, type ConsoleApp } from "./console.js";

const LISTED = 50;
const AT_MOST = 500;

/** The work list. No person is named in it: looking at one of its records is a look-up, and recorded. */
@Controller("api/alerts")
export class AlertsEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Get()
  @Header("cache-control", "no-store")
  async list(@Req() request: FastifyRequest, @Query("limit") limit: unknown): Promise<AlertsAnswer> {
    const { reviewer } = await this.#app.gate.enter(request);
    const scope = this.#scopeOf(reviewer);
    const { alerts } = this.#app;
    const [listed, open] = await Promise.all([alerts.open(scope, limitOf(limit)), alerts.count(scope)]);
    const watch = this.#app.watchState();
    const emergencies = listed.filter(({ rule }) => rule === EMERGENCY);
    const known = await this.#app.investigations.about(emergencies.flatMap(({ records }) => records));
    const reviewOf = (alert: Alert) => emergencyReview(alert, known, this.#app.now());
    const shown = listed.map((alert) => ({
      ...shownAlert(alert),
      ...(alert.rule === EMERGENCY && { review: reviewOf(alert) }),
    }));
    return { alerts: shown, open, ...(watch && { watch: { followed: watch.followed, behind: watch.behind } }) };
  }

  #scopeOf(reviewer: Reviewer): AlertScope {
    const { organisation } = reviewer;
    const scope = scopeOf(reviewer, this.#app.world().isSupervisory(organisation));
    if (scope === undefined) throw new WeftError("ROLE_REQUIRED");
    return scope === "all" ? { all: true } : { organisation };
  }
}

function limitOf(text: unknown): number {
  if (text === undefined) return LISTED;
  if (typeof text !== "string" || !/^[1-9]\d{0,2}$/.test(text)) throw new WeftError("REQUEST_MALFORMED");
  return Math.min(Number(text), AT_MOST);
}

function shownAlert({ officer, due, at, providers: _providers, ...alert }: Alert): ShownAlert {
  return {
    ...alert,
    at: at.toISOString(),
    ...(officer !== undefined && { officer }),
    ...(due && { due: due.toISOString() }),
  };
}
