import { Body, Controller, Header, HttpCode, Inject, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import { MAX_PAGE, type ReviewAnswer } from "#libs/access-log";
import {
  alertWork,
  BUDGET,
  dayOf,
  daysSeen,
  DoneRequest,
  EMERGENCY,
  emergencyWork,
  investigationWork,
  isVisibleTo,
  lookUp,
  type Occasion,
  OfficeCounts,
  type OfficeQuestion,
  officeQuestions,
  type OfficesAnswer,
  recordLook,
  requestWork,
  revealWork,
  type Reviewer,
  SAMPLE,
  type Scope,
  sampleWork,
  scopeOf,
  type TodayAnswer,
  workOf,
} from "#libs/review";
import { WeftError } from "#libs/terms";
import type { Alert } from "#libs/vigilance";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { LogWatch } from "./log-watch.js";
import { parsed } from "./parsed.js";

const LISTED = 200;
const EMERGENCIES = 1_000;
const occasionOf = (day: string): Occasion => ({ purpose: "audit", case: `today-${day}` });

/** The first page: few questions, all at once, and one look at the log. */
@Controller("api/today")
export class TodayEndpoint {
  readonly #app: ConsoleApp;
  readonly #watch: LogWatch;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
    this.#watch = new LogWatch(app.log);
  }

  @Post()
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async today(@Req() request: FastifyRequest): Promise<TodayAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const now = this.#app.now();
    const day = dayOf(now);
    const { organisation } = reviewer;
    const [investigations, reveals, requests, alerts, emergencies, done, log, seen] = await Promise.all([
      this.#app.investigations.of(organisation, LISTED),
      this.#app.reveals.of(organisation, LISTED),
      this.#app.requests.of(organisation, LISTED),
      this.#alertsFor(reviewer),
      this.#alertsFor(reviewer, EMERGENCY),
      this.#app.work.done(organisation, day),
      this.#watch.look(this.#app.world().contracts.registry),
      this.#look(reviewer, day, now),
    ]);
    const known = await this.#app.investigations.about(emergencies.flatMap(({ records }) => records));
    const visible = investigations.filter((it) => isVisibleTo(it, reviewer, undefined));
    const waiting = [
      ...investigationWork(visible, reviewer, now),
      ...revealWork(reveals, reviewer),
      ...emergencyWork(emergencies, known, reviewer, now),
      ...alertWork(alerts, visible),
      ...sampleWork(seen?.summary.sample ?? [], visible),
      ...requestWork(requests, reviewer, day),
    ];
    const watch = this.#app.watchState();
    const { accesses, complete, told, sources } = seen?.summary ?? {};
    return {
      day,
      ...workOf(waiting, { day, organisation, done }, now),
      budget: BUDGET,
      done: done.size,
      log,
      ...(watch && { watch: { behind: watch.behind } }),
      ...(seen && {
        seen: {
          record: seen.record,
          from: daysSeen(now).from.toISOString(),
          accesses: accesses ?? 0,
          complete: complete ?? false,
          told: told ?? 0,
          sources: sources ?? [],
        },
      }),
    };
  }

  /** Each step is a look: at the accesses, and of each house at its own cases. */
  @Post("offices")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async offices(@Req() request: FastifyRequest): Promise<OfficesAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const scope = this.#scopeOf(reviewer);
    if (scope === undefined) throw new WeftError("ROLE_REQUIRED");
    const now = this.#app.now();
    const [{ from, until }, occasion] = [daysSeen(now), occasionOf(dayOf(now))];
    const query = { kinds: ["intent" as const], from: from.toISOString(), until: until.toISOString() };
    this.#app.onLook("search");
    const look = { kind: "search" as const, query, limit: MAX_PAGE, facets: [] };
    const { answer } = await lookUp(reviewer, occasion, look, this.#app.reviewing);
    const { hits = [], next } = answer.page ?? {};
    const houses = this.#app.houses.withCases.filter((house) => scope === "all" || house === reviewer.organisation);
    const questions = officeQuestions(hits, new Set(houses));
    return {
      from: from.toISOString(),
      accesses: hits.length,
      complete: next === undefined,
      rows: await Promise.all(questions.map((question) => this.#askOffices(question, reviewer, occasion, scope))),
    };
  }

  async #askOffices({ house, provider, cases }: OfficeQuestion, reviewer: Reviewer, occasion: Occasion, scope: Scope) {
    this.#app.onLook("offices");
    const review = { scope, look: { kind: "offices" as const, aud: house, cases } };
    const { record, inclusion } = await recordLook(reviewer, occasion, review, this.#app.reviewing);
    const call = { record: record.presentation(), proof: inclusion.text };
    const told = OfficeCounts.safeParse(await this.#app.houses.ask(house, "offices", call).catch(() => undefined));
    return { provider, house, cases: cases.length, ...(told.success && { told: told.data }) };
  }

  @Post("done")
  @HttpCode(204)
  async done(@Req() request: FastifyRequest, @Body() body: unknown): Promise<void> {
    const { reviewer } = await this.#app.gate.act(request);
    if (this.#scopeOf(reviewer) === undefined) throw new WeftError("ROLE_REQUIRED");
    const { day, key } = parsed(DoneRequest, body);
    if (day !== dayOf(this.#app.now())) throw new WeftError("REVIEW_CHANGED");
    await this.#app.work.note(reviewer, day, key, this.#app.now());
  }

  /** Emergencies are asked for apart: no number of other alerts hides one. */
  async #alertsFor(reviewer: Reviewer, rule?: Alert["rule"]): Promise<readonly Alert[]> {
    const scope = this.#scopeOf(reviewer);
    if (scope === undefined) return [];
    const { organisation } = reviewer;
    return this.#app.alerts.open(scope === "all" ? { all: true } : { organisation }, rule ? EMERGENCIES : LISTED, rule);
  }

  /** Undefined for whom no role lets look, and while the log does not answer: what waits elsewhere is shown all the same. */
  async #look(
    reviewer: Reviewer,
    day: string,
    now: Date,
  ): Promise<{ readonly record: number; readonly summary: NonNullable<ReviewAnswer["summary"]> } | undefined> {
    if (this.#scopeOf(reviewer) === undefined) return undefined;
    const { from, until } = daysSeen(now);
    const occasion = occasionOf(day);
    const sample = { size: SAMPLE, seed: `${day} ${reviewer.organisation}` };
    const look = { kind: "summary" as const, from: from.toISOString(), until: until.toISOString(), sample };
    this.#app.onLook("summary");
    try {
      const { record, answer } = await lookUp(reviewer, occasion, look, this.#app.reviewing);
      return answer.summary && { record, summary: answer.summary };
    } catch (error) {
      if (error instanceof WeftError && error.code === "RECORD_UNAVAILABLE") return undefined;
      throw error;
    }
  }

  #scopeOf(reviewer: Reviewer) {
    return scopeOf(reviewer, this.#app.world().isSupervisory(reviewer.organisation));
  }
}
