import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import {
  requestAfter,
  assertMay,
  assertRole,
  firstDue,
  type FoundAccess,
  type KeptRequest,
  type LetterAnswer,
  letterOf,
  movesOf,
  type Occasion,
  type PersonRequest,
  recordLook,
  refsOf,
  type RequestAnswer,
  RequestDraft,
  RequestMove,
  type RequestsAnswer,
  type RequestStepTaken,
  type Reviewer,
  scopeOf,
  type ShownRequest,
  signLetter,
} from "#libs/review";
import { digestOf, parseCaseId, parseOrgId, random16, WeftError } from "#libs/terms";
import { accessesOf } from "./accesses-of.js";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { printLetter } from "./letter-paper.js";
import { parsed } from "./parsed.js";

const LISTED = 200;
type RecordedStep = Pick<RequestStepTaken, "record" | "step">;

/** Questions of persons and of the authority, from the day they came to the answer. Each step is a record before it is taken. */
@Controller("api/requests")
export class RequestEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Get()
  @Header("cache-control", "no-store")
  async list(@Req() request: FastifyRequest): Promise<RequestsAnswer> {
    const { reviewer } = await this.#app.gate.enter(request);
    const found = await this.#app.requests.of(reviewer.organisation, LISTED);
    return { requests: found.map((one) => this.#shown(one, reviewer)) };
  }

  @Post()
  @HttpCode(201)
  @Header("cache-control", "no-store")
  async receive(@Req() request: FastifyRequest, @Body() body: unknown): Promise<RequestAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    assertRole(reviewer, "dpo", "authority");
    const { persons, number, ...draft } = parsed(RequestDraft, body);
    if (draft.received > this.#today()) throw new WeftError("REQUEST_MALFORMED");
    const { contracts, seals } = this.#app.world();
    const subjects = persons ? refsOf(persons, contracts, seals) : [];
    const begun = { ...draft, id: random16(), organisation: reviewer.organisation, number: parseCaseId(number) };
    const step = await this.#record(reviewer, begun, "received");
    const received: PersonRequest = {
      ...begun,
      due: firstDue(draft.received),
      subjects,
      state: "received",
      parts: [],
      steps: [this.#taken(reviewer, step)],
    };
    if (!(await this.#app.requests.add(received)))
      throw new WeftError("REVIEW_CHANGED", { message: "There is a request of this number." });
    return { request: this.#shown(received, reviewer) };
  }

  @Post(":id/steps")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async take(@Req() request: FastifyRequest, @Param("id") id: string, @Body() body: unknown): Promise<RequestAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const kept = await this.#find(id);
    const move = parsed(RequestMove, body);
    assertMay(kept.request, move.step, reviewer, this.#today());
    if (move.step === "forwarded") this.#assertKnown(move.to);
    const { found, ...step } = await this.#stepOf(kept.request, move, reviewer);
    const after = requestAfter(kept.request, move, this.#taken(reviewer, step), found);
    await this.#replace(after, kept);
    return { request: this.#shown(after, reviewer) };
  }

  /** Looked up, written and signed at once. What is kept of it is its digest. */
  @Post(":id/letter")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async letter(@Req() request: FastifyRequest, @Param("id") id: string): Promise<LetterAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const kept = await this.#find(id);
    assertMay(kept.request, "written", reviewer, this.#today());
    const { record, found } = await this.#look(kept.request, "letter", reviewer);
    const { world, reviewing, now } = this.#app;
    const seesAll = scopeOf(reviewer, world().isSupervisory(reviewer.organisation)) === "all";
    const about = { request: kept.request, own: found, seesAll, iss: reviewing.id, log: reviewing.log.origin };
    const letter = letterOf(about, world().contracts, now());
    const pdf = await printLetter(letter);
    const signed = await signLetter({ ...letter, pdf: digestOf(pdf) }, reviewing.signer);
    const after: PersonRequest = {
      ...kept.request,
      letter: {
        digest: digestOf(signed),
        accesses: letter.accesses.length,
        withheld: letter.withheld,
        at: now().toISOString(),
      },
      steps: [...kept.request.steps, this.#taken(reviewer, { step: "written", record })],
    };
    await this.#replace(after, kept);
    return { request: this.#shown(after, reviewer), letter: signed, pdf: pdf.toString("base64") };
  }

  async #find(id: string): Promise<KeptRequest> {
    const kept = await this.#app.requests.find(id);
    if (!kept) throw new WeftError("NOT_FOUND");
    return kept;
  }

  async #replace(after: PersonRequest, { version }: KeptRequest): Promise<void> {
    if (!(await this.#app.requests.replace(after, version))) throw new WeftError("REVIEW_CHANGED");
  }

  /** A house's part is looked up in its own scope: that look is the step's record. */
  async #stepOf(
    request: PersonRequest,
    { step }: RequestMove,
    reviewer: Reviewer,
  ): Promise<RecordedStep & { found?: readonly FoundAccess[] }> {
    if (step !== "contributed") return this.#record(reviewer, request, step);
    return { step, ...(await this.#look(request, "part", reviewer)) };
  }

  #look(request: PersonRequest, use: "letter" | "part", reviewer: Reviewer) {
    const { id, subjects, period } = request;
    return accessesOf(reviewer, occasionOf(request), { use, request: id, subjects, period }, this.#app);
  }

  async #record(
    reviewer: Reviewer,
    request: Pick<PersonRequest, "id" | "number" | "question">,
    step: RequestStepTaken["step"],
  ): Promise<RecordedStep> {
    this.#app.onLook("request");
    const look = { kind: "request" as const, request: request.id as never, step };
    const { inclusion } = await recordLook(reviewer, occasionOf(request), { scope: "own", look }, this.#app.reviewing);
    return { step, record: inclusion.index };
  }

  #taken({ organisation, officer }: Reviewer, { step, record }: RecordedStep): RequestStepTaken {
    return { step, record, organisation, by: officer, at: this.#app.now().toISOString() };
  }

  #assertKnown(organisations: readonly string[]): void {
    const known = this.#app.world().contracts.registry.organisations;
    if (organisations.some((org) => known[parseOrgId(org)] === undefined)) throw new WeftError("NOT_FOUND");
  }

  #today(): string {
    return this.#app.now().toISOString().slice(0, 10);
  }

  /** Who took a step is its own house's business. */
  #shown(request: PersonRequest, reviewer: Reviewer): ShownRequest {
    const { subjects, parts, steps, ...rest } = request;
    const isOwn = reviewer.organisation === request.organisation;
    return {
      ...rest,
      namesPerson: subjects.length > 0,
      parts: parts
        .filter(({ organisation }) => isOwn || organisation === reviewer.organisation)
        .map(({ accesses: _kept, count, ...part }) => ({ ...part, ...(count !== undefined && { accesses: count }) })),
      steps: steps
        .filter(({ organisation }) => isOwn || organisation === reviewer.organisation)
        .map(({ by, ...step }) => ({ ...step, ...(step.organisation === reviewer.organisation && { by }) })),
      moves: movesOf(request, reviewer, this.#today()),
    };
  }
}

function occasionOf({ question, number }: Pick<PersonRequest, "question" | "number">): Occasion {
  return { purpose: question === "supervision" ? "audit" : "data-subject-rights", case: number };
}
