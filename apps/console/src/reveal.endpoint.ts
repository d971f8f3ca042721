import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import {
  actionsOf,
  lookUp,
  nextState,
  type Occasion,
  recordLook,
  type Reveal,
  RevealAction,
  RevealActionRequest,
  type RevealAnswer,
  type RevealCase,
  type RevealOutcome,
  RevealRequest,
  type RevealsAnswer,
  type RevealState,
  REVEAL_DUE,
  type Reviewer,
} from "#libs/review";
import { random16, WeftError } from "#libs/terms";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { parsed } from "./parsed.js";

const LISTED = 200;

/** From a pseudonym to the person behind it: two people of the officer's own house, each step a record before it is taken. */
@Controller("api/reveals")
export class RevealEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Get()
  @Header("cache-control", "no-store")
  async list(@Req() request: FastifyRequest): Promise<RevealsAnswer> {
    const { reviewer } = await this.#app.gate.enter(request);
    const found = await this.#app.reveals.of(reviewer.organisation, LISTED);
    return { reveals: found.map((reveal) => shown(reveal, reviewer)) };
  }

  /** Who the officer is, is taken from the record that the asker may see, not from what they send. */
  @Post()
  @HttpCode(201)
  @Header("cache-control", "no-store")
  async ask(@Req() request: FastifyRequest, @Body() body: unknown): Promise<RevealAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const { occasion, of, reason } = parsed(RevealRequest, body);
    const { answer } = await lookUp(reviewer, occasion, { kind: "record", index: of }, this.#app.reviewing);
    const caller = answer.hit?.caller;
    if (!caller) throw new WeftError("NOT_FOUND");
    const now = this.#app.now();
    const { organisation, officer } = reviewer;
    const about = { id: random16(), of, reason, officer: caller.officer, consumer: caller.consumer, ...occasion };
    const step = await this.#record(reviewer, about, "asked");
    const reveal: RevealCase = {
      ...about,
      asker: { organisation, officer },
      state: "asked",
      due: new Date(now.getTime() + REVEAL_DUE),
      outcome: undefined,
      steps: [step],
    };
    await this.#app.reveals.add(reveal);
    return { reveal: shown(reveal, reviewer) };
  }

  @Post(":id/:action")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async act(
    @Req() request: FastifyRequest,
    @Param("id") id: string,
    @Param("action") name: string,
    @Body() body: unknown,
  ): Promise<RevealAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const action = RevealAction.safeParse(name);
    const reveal = action.success ? await this.#app.reveals.find(id) : undefined;
    if (!reveal || !action.success) throw new WeftError("NOT_FOUND");
    const { outcome } = parsed(RevealActionRequest, body ?? {});
    if ((action.data === "answer") !== (outcome !== undefined)) throw new WeftError("REQUEST_MALFORMED");
    const after = await this.#take(reveal, nextState(reveal, action.data, reviewer), reviewer, outcome);
    if (action.data !== "show") return { reveal: shown(after, reviewer) };
    const staffNumber = (await this.#app.staff.find(reveal.consumer, reveal.officer)) ?? null;
    return { reveal: shown(after, reviewer), staffNumber };
  }

  /** In the log first; then the state, if it is still the one that the step was decided on. */
  async #take(
    reveal: RevealCase,
    to: RevealState,
    reviewer: Reviewer,
    outcome: RevealOutcome | undefined,
  ): Promise<RevealCase> {
    const step = await this.#record(reviewer, reveal, to);
    if (!(await this.#app.reveals.take(reveal, step, outcome))) throw new WeftError("REVIEW_CHANGED");
    return { ...reveal, state: to, outcome: outcome ?? reveal.outcome, steps: [...reveal.steps, step] };
  }

  async #record(
    reviewer: Reviewer,
    { id, of, officer, reason, purpose, case: caseId }: Pick<RevealCase, "id" | "of" | "officer" | "reason"> & Occasion,
    step: RevealState,
  ): Promise<RevealCase["steps"][number]> {
    this.#app.onLook("reveal");
    const look = { kind: "reveal" as const, request: id as never, step, of, officer, reason };
    const review = { scope: "own" as const, look };
    const { inclusion } = await recordLook(reviewer, { purpose, case: caseId }, review, this.#app.reviewing);
    return { step, by: reviewer.officer, at: this.#app.now(), record: inclusion.index };
  }
}

/** Who took a step is the officer's own house's business; whoever asked sees that it was taken. */
function shown(reveal: RevealCase, reviewer: Reviewer): Reveal {
  const { asker, steps, due, outcome, purpose: _purpose, ...rest } = reveal;
  const isOwnHouse = reviewer.organisation === reveal.consumer;
  return {
    ...rest,
    asker: asker.organisation,
    due: due.toISOString(),
    ...(outcome && { outcome }),
    steps: steps.map(({ step, at, record, by }) => ({ step, at: at.toISOString(), record, ...(isOwnHouse && { by }) })),
    actions: actionsOf(reveal, reviewer),
  };
}
