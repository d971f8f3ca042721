import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import {
  afterStep,
  assertBrought,
  type Investigation,
  investigationActions,
  InvestigationAction,
  InvestigationActionRequest,
  type InvestigationCase,
  InvestigationRequest,
  type InvestigationsAnswer,
  type InvestigationStep,
  type InvestigationStepTaken,
  isOverdue,
  isVisibleTo,
  lookUp,
  nextStep,
  recordLook,
  type Reviewer,
  scopeOf,
} from "#libs/review";
import { type OrgId, random16, WeftError } from "#libs/terms";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { parsed } from "./parsed.js";

const LISTED = 200;

/** From an alert or an access to what it was; each step is a record before it is taken. */
@Controller("api/investigations")
export class InvestigationsEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Get()
  @Header("cache-control", "no-store")
  async list(@Req() request: FastifyRequest): Promise<InvestigationsAnswer> {
    const { reviewer } = await this.#app.gate.enter(request);
    const whose = this.#scopeOf(reviewer) === "all" ? undefined : reviewer.organisation;
    const found = await this.#app.investigations.of(whose, LISTED);
    const visible = found.filter((it) => isVisibleTo(it, reviewer, this.#scopeOf(reviewer)));
    return { investigations: visible.map((it) => shownTo(reviewer, it, this.#app.now())) };
  }

  @Get(":id")
  @Header("cache-control", "no-store")
  async one(@Req() request: FastifyRequest, @Param("id") id: string): Promise<Investigation> {
    const { reviewer } = await this.#app.gate.enter(request);
    return shownTo(reviewer, await this.#find(id, reviewer), this.#app.now());
  }

  /** Whose officer it is about is taken from the records, which the one who opens it must be able to see. */
  @Post()
  @HttpCode(201)
  @Header("cache-control", "no-store")
  async open(@Req() request: FastifyRequest, @Body() body: unknown): Promise<Investigation> {
    const { reviewer } = await this.#app.gate.act(request);
    const { occasion, of, reason, alert } = parsed(InvestigationRequest, body);
    const consumers = new Set<OrgId>();
    for (const index of new Set(of)) {
      const { answer } = await lookUp(reviewer, occasion, { kind: "record", index }, this.#app.reviewing);
      const { hit } = answer;
      // A look at the log is no access, and is the authority's to judge.
      if (!hit?.caller || hit.kind === "review") throw new WeftError("NOT_FOUND");
      consumers.add(hit.caller.consumer);
    }
    const [consumer, ...others] = consumers;
    if (consumer === undefined || others.length > 0) throw new WeftError("REQUEST_MALFORMED");
    const about = {
      id: random16(),
      house: reviewer.organisation,
      consumer,
      of: [...new Set(of)].sort((a, b) => a - b),
      alert,
      reason,
      ...occasion,
      to: undefined,
      due: undefined,
      reply: undefined,
      outcome: undefined,
    };
    const taken = await this.#record(reviewer, about, "opened");
    const opened: InvestigationCase = { ...about, state: "open", steps: [taken] };
    await this.#app.investigations.add(opened);
    return shownTo(reviewer, opened, this.#app.now());
  }

  /** In the log first; then the state, if no other step was taken meanwhile. */
  @Post(":id/:action")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async act(
    @Req() request: FastifyRequest,
    @Param("id") id: string,
    @Param("action") name: string,
    @Body() body: unknown,
  ): Promise<Investigation> {
    const { reviewer } = await this.#app.gate.act(request);
    const action = InvestigationAction.safeParse(name);
    if (!action.success) throw new WeftError("NOT_FOUND");
    const before = await this.#find(id, reviewer);
    const brought = parsed(InvestigationActionRequest, body ?? {});
    const { state, step } = nextStep(before, action.data, reviewer, this.#app.now());
    assertBrought(action.data, brought);
    const outcome = brought.outcome ?? before.outcome;
    const taken = await this.#record(reviewer, { ...before, ...brought, outcome }, step);
    const after = afterStep(before, action.data, { state, taken }, brought);
    if (!(await this.#app.investigations.take(before, after))) throw new WeftError("REVIEW_CHANGED");
    return shownTo(reviewer, after, this.#app.now());
  }

  async #find(id: string, reviewer: Reviewer): Promise<InvestigationCase> {
    const found = await this.#app.investigations.find(id);
    if (!found || !isVisibleTo(found, reviewer, this.#scopeOf(reviewer))) throw new WeftError("NOT_FOUND");
    return found;
  }

  #scopeOf(reviewer: Reviewer) {
    return scopeOf(reviewer, this.#app.world().isSupervisory(reviewer.organisation));
  }

  async #record(
    reviewer: Reviewer,
    it: Omit<InvestigationCase, "state" | "steps">,
    step: InvestigationStep,
  ): Promise<InvestigationStepTaken> {
    this.#app.onLook("investigation");
    const look = {
      kind: "investigation" as const,
      investigation: it.id as never,
      step,
      of: [...it.of],
      reason: it.reason,
      ...(it.to && { to: it.to }),
      ...(it.reply && { reply: it.reply }),
      ...(it.outcome && { outcome: it.outcome }),
    };
    const occasion = { purpose: it.purpose, case: it.case };
    const { inclusion } = await recordLook(reviewer, occasion, { scope: "own", look }, this.#app.reviewing);
    const { organisation: house, officer: by } = reviewer;
    return { step, house, by, at: this.#app.now(), record: inclusion.index };
  }
}

/** Who took a step is its own house's business. */
function shownTo(reviewer: Reviewer, it: InvestigationCase, now: Date): Investigation {
  const { purpose: _purpose, alert, to, due, reply, outcome, steps, ...rest } = it;
  return {
    ...rest,
    ...(alert !== undefined && { alert }),
    ...(to && { to }),
    ...(due && { due: due.toISOString() }),
    isOverdue: isOverdue(it, now),
    ...(reply && { reply }),
    // What is only proposed is the house's own matter.
    ...(outcome && (it.state === "closed" || reviewer.organisation === it.house) && { outcome }),
    steps: steps.map(({ step, at, house, by, record }) => ({
      step,
      at: at.toISOString(),
      house,
      record,
      ...(house === reviewer.organisation && { by }),
    })),
    actions: investigationActions(it, reviewer, now),
  };
}
