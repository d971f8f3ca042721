import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import { type Act, type ConsentRecord, providersOf, recipientOf } from "#libs/consent";
import { type OrgId, random16, WeftError } from "#libs/terms";
import type { Caller } from "#libs/token";
import { GiveBody, NarrowingBody, readBody, RenewalBody, SearchBody, WithdrawalBody } from "./bodies.js";
import { consumerOf, isAssertion, providerOf } from "./callers.js";
import { CONSENT, type Consent } from "./consent.js";
import { draftOf, personOf } from "./drafts.js";
import { type ShownRecord, showRecord } from "./shown-record.js";

interface GivenAnswer {
  readonly records: readonly {
    readonly record_id: string;
    readonly record_version: number;
    readonly until: string;
    /** Of a consent: for the person alone, who takes it back by it. Shown this one time. */
    readonly withdrawal_code?: string;
  }[];
}

/**
 * What a person says at an office, through its officer. The answer is the same whoever the person is, and whether they ever said
 * anything before; a record that is not the caller's own is not there.
 */
@Controller("consents")
export class ConsentsEndpoint {
  readonly #consent: Consent;

  constructor(@Inject(CONSENT) consent: Consent) {
    this.#consent = consent;
  }

  @Post()
  @HttpCode(201)
  async give(@Req() request: FastifyRequest, @Body() body: unknown): Promise<GivenAnswer> {
    const caller = await consumerOf(request, this.#consent);
    const { consents } = readBody(GiveBody, body);
    const now = this.#consent.now();
    const drafts = consents.map((given) => ({ ...draftOf(given, caller, this.#consent, now), id: random16() }));
    await this.#assertWithinDay(caller, drafts.length, now);
    const withCode = drafts.filter(({ kind }) => kind === "consent").map(({ id }) => id);
    const { codes, events } = this.#consent.desk.drawCodes(withCode, now);
    const codeOf = new Map<string, string>(withCode.map((id, at) => [id, codes[at]!]));
    const records = await this.#consent.register.give(drafts, events);
    for (const { kind } of records) this.#consent.onChange(kind, "given", 1);
    await this.#consent.changed();
    return {
      records: records.map(({ record_id, record_version, pii_processing }) => ({
        record_id,
        record_version,
        until: pii_processing.validity.until,
        ...(codeOf.has(record_id) && { withdrawal_code: codeOf.get(record_id)! }),
      })),
    };
  }

  /** What of this person's running records is the caller's own; an empty list whoever has none. By POST: no person stands in a URL. */
  @Post("search")
  @HttpCode(200)
  async search(@Req() request: FastifyRequest, @Body() body: unknown): Promise<{ records: readonly ShownRecord[] }> {
    const { consumer: org } = await consumerOf(request, this.#consent);
    const person = personOf(readBody(SearchBody, body).person, org, this.#consent.world());
    const open = await this.#consent.register.openOf(person);
    const own = open.filter((record) => record.kind === "consent" && recipientOf(record) === org);
    const now = this.#consent.now();
    return {
      records: own.map((record) => showRecord(record, { org, asProvider: false }, this.#consent.register, now)),
    };
  }

  @Get(":record")
  @Header("cache-control", "no-store")
  async show(@Req() request: FastifyRequest, @Param("record") id: string): Promise<ShownRecord> {
    const { register, now } = this.#consent;
    if (isAssertion(request)) {
      const org = providerOf(request, "GET /consents", this.#consent);
      const record = await this.#find(id, (one) => providersOf(one).includes(org));
      return showRecord(record, { org, asProvider: true }, register, now());
    }
    const { consumer: org } = await consumerOf(request, this.#consent);
    return showRecord(await this.#ownOf(org, id), { org, asProvider: false }, register, now());
  }

  @Post(":record/withdrawal")
  @HttpCode(200)
  async withdraw(@Req() request: FastifyRequest, @Param("record") id: string, @Body() body: unknown) {
    const caller = await consumerOf(request, this.#consent);
    const act = readBody(WithdrawalBody, body);
    return this.#change(caller, id, act, (by) => this.#consent.register.withdraw(id, by));
  }

  @Post(":record/narrowing")
  @HttpCode(200)
  async narrow(@Req() request: FastifyRequest, @Param("record") id: string, @Body() body: unknown) {
    const caller = await consumerOf(request, this.#consent);
    const { purposes, coordinates, until, ...act } = readBody(NarrowingBody, body);
    const to = {
      ...(purposes && { purposes }),
      ...(coordinates && { coordinates }),
      ...(until !== undefined && { until: new Date(until) }),
    };
    return this.#change(caller, id, act, (by) => this.#consent.register.narrow(id, to, by));
  }

  @Post(":record/renewal")
  @HttpCode(200)
  async renew(@Req() request: FastifyRequest, @Param("record") id: string, @Body() body: unknown) {
    const caller = await consumerOf(request, this.#consent);
    const { until, majority, ...act } = readBody(RenewalBody, body);
    const end = majority === undefined ? undefined : new Date(majority);
    return this.#change(caller, id, act, (by) => this.#consent.register.renew(id, new Date(until), by, end));
  }

  async #change(
    { consumer: organisation, officer }: Caller,
    id: string,
    { by, evidence }: { readonly by: Act["by"]; readonly evidence: string },
    change: (act: Act) => Promise<ConsentRecord>,
  ): Promise<ShownRecord> {
    const own = await this.#ownOf(organisation, id);
    if (by === "guardian" && own.guardian_id === undefined) throw new WeftError("NOT_FOUND");
    const now = this.#consent.now();
    const method = { how: "in-person", organisation, officer, evidence } as Act["method"];
    const record = await change({ by, method, at: now });
    this.#consent.onChange(record.kind, record.event.event_type, 1);
    await this.#consent.changed();
    return showRecord(record, { org: organisation, asProvider: false }, this.#consent.register, now);
  }

  /** The caller's own: a consent that it receives, a restriction that was made at it. */
  #ownOf(org: OrgId, id: string): Promise<ConsentRecord> {
    return this.#find(id, (record, first) => {
      if (record.kind === "consent") return recipientOf(record) === org;
      if (record.kind === "protection") return this.#consent.protectionFrom.has(org);
      const { collection_method } = first.event;
      return collection_method.how === "in-person" && collection_method.organisation === org;
    });
  }

  async #find(id: string, may: (record: ConsentRecord, first: ConsentRecord) => boolean): Promise<ConsentRecord> {
    const history = /^[A-Za-z0-9_-]{22}$/.test(id) ? await this.#consent.storage.history(id) : [];
    const [first, record] = [history[0], history.at(-1)];
    if (!first || !record || !may(record, first)) throw new WeftError("NOT_FOUND");
    return record;
  }

  async #assertWithinDay(caller: Caller, more: number, now: Date): Promise<void> {
    const since = new Date(now.getTime() - 86_400_000);
    const made = await this.#consent.storage.madeBy(caller.consumer, caller.officer, since);
    if (made + more > this.#consent.officerDay) throw new WeftError("LIMIT_EXCEEDED");
  }
}
