import { Body, Controller, Header, HttpCode, Inject, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import type { Look, ShownRecord } from "#libs/access-log";
import {
  decisionsOf,
  emergencyOf,
  type Evidence,
  hitOf,
  type LookedUp,
  lookUp,
  namesOf,
  type Occasion,
  openRecord,
  queryOf,
  RecordRequest,
  type RecordAnswer,
  recordInWords,
  refsOf,
  type Reviewer,
  SearchRequest,
  type SearchAnswer,
  searchAnswerOf,
  searchLookOf,
  type TypedPerson,
} from "#libs/review";
import { type SubjectRef, WeftError } from "#libs/terms";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { parsed } from "./parsed.js";

/** Looking: always by POST, so that no number of a person stands in an address; always with a record. */
@Controller("api")
export class LookEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Post("search")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async search(@Req() request: FastifyRequest, @Body() body: unknown): Promise<SearchAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const asked = parsed(SearchRequest, body);
    const look = searchLookOf(asked, queryOf(asked.terms, this.#refsOf(asked.terms.persons)));
    const { record, answer } = await this.#look(reviewer, asked.occasion, look);
    return searchAnswerOf(record, answer);
  }

  @Post("record")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async record(@Req() request: FastifyRequest, @Body() body: unknown): Promise<RecordAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const { occasion, index, persons, language } = parsed(RecordRequest, body);
    const subjects = this.#refsOf(persons);
    const looked = await this.#look(reviewer, occasion, { kind: "record", index, ...(subjects && { subjects }) });
    return this.#detailOf(looked, language);
  }

  #look(reviewer: Reviewer, occasion: Occasion, look: Look): Promise<LookedUp> {
    this.#app.onLook(look.kind);
    return lookUp(reviewer, occasion, look, this.#app.reviewing);
  }

  #refsOf(persons: readonly TypedPerson[] | undefined): readonly SubjectRef[] | undefined {
    const { contracts, seals } = this.#app.world();
    return persons && refsOf(persons, contracts, seals);
  }

  /** The proof is fetched and checked here, and again in the browser, which needs to believe neither of us. */
  async #detailOf({ record, answer }: LookedUp, language: string): Promise<RecordAnswer> {
    const { status, hit, record: shown, outcome } = answer;
    if (!hit || !shown) throw new WeftError("RECORD_UNAVAILABLE");
    const names = namesOf(this.#app.world().contracts, language);
    const opened = ({ index, jwt, disclosures }: ShownRecord) => openRecord(index, jwt, disclosures);
    const wordsOf = (one: ShownRecord) => recordInWords(opened(one), names);
    const emergency = emergencyOf(opened(shown));
    const outcomeEvidence = outcome && (await this.#evidenceOf(outcome));
    return {
      record,
      status,
      hit: hitOf(hit),
      words: wordsOf(shown),
      decisions: decisionsOf(hit, names),
      ...(emergency && { emergency }),
      evidence: await this.#evidenceOf(shown),
      vkey: this.#app.world().contracts.registry.logs[0]?.vkey ?? "",
      ...(outcome && outcomeEvidence && { outcomeWords: wordsOf(outcome), outcomeEvidence }),
    };
  }

  async #evidenceOf(shown: ShownRecord): Promise<Evidence> {
    const { text } = await this.#app.log.proof(shown.index, shown.jwt);
    return { ...shown, proof: text };
  }
}
