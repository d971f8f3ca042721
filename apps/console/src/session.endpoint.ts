import { Controller, Get, Header, HttpCode, Inject, Post, Query, Req, Res } from "@nestjs/common";
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  csrfToken,
  type KeysAnswer,
  keysOf,
  type LogHealth,
  type Me,
  namesOf,
  type OrganisationsAnswer,
  scopeOf,
  type WordsAnswer,
} from "#libs/review";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { forgetCookie, SESSION_COOKIE } from "./cookies.js";
import { LogWatch } from "./log-watch.js";

/** Who one is, and what is not of the log's private side. */
@Controller("api")
export class SessionEndpoint {
  readonly #app: ConsoleApp;
  readonly #watch: LogWatch;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
    this.#watch = new LogWatch(app.log);
  }

  /** For whoever has not signed in: what is in the public registry. */
  @Get("organisations")
  organisations(): OrganisationsAnswer {
    const { organisations } = this.#app.world().contracts.registry;
    const signing = Object.entries(organisations).filter(([, { issuer }]) => issuer !== undefined);
    return { organisations: signing.map(([id, { name }]) => ({ id, names: name })) };
  }

  @Get("keys")
  keys(): KeysAnswer {
    return keysOf(this.#app.world().contracts.registry);
  }

  @Get("me")
  @Header("cache-control", "no-store")
  async me(@Req() request: FastifyRequest): Promise<Me> {
    const { reviewer, session, secret } = await this.#app.gate.enter(request);
    const { organisation, officer, roles } = reviewer;
    const scope = scopeOf(reviewer, this.#app.world().isSupervisory(organisation));
    const until = session.until.toISOString();
    return { organisation, officer, roles, ...(scope && { scope }), csrf: csrfToken(secret), until };
  }

  @Get("words")
  @Header("cache-control", "no-store")
  async words(@Req() request: FastifyRequest, @Query("language") asked: unknown): Promise<WordsAnswer> {
    await this.#app.gate.enter(request);
    const { contracts } = this.#app.world();
    const language = typeof asked === "string" ? asked : "en";
    const names = namesOf(contracts, language);
    const { registry, purposes, rules } = contracts;
    const each = <K extends string>(keys: Iterable<K>, name: (key: K) => string) =>
      Object.fromEntries([...keys].map((key) => [key, name(key)]));
    return {
      languages: registry.languages,
      organisations: each(Object.keys(registry.organisations), (id) => names.organisation(id)),
      purposes: each(purposes.keys(), (code) => names.purpose(code)),
      schemes: each(Object.keys(registry.schemes), (scheme) => {
        const words = registry.schemes[scheme]?.name;
        return words?.[language] ?? words?.["en"] ?? scheme;
      }),
      coordinates: each(rules.keys(), (coordinate) => names.field(coordinate)),
    };
  }

  @Get("log")
  @Header("cache-control", "no-store")
  async log(@Req() request: FastifyRequest): Promise<LogHealth> {
    await this.#app.gate.enter(request);
    return this.#watch.look(this.#app.world().contracts.registry);
  }

  @Post("sign-out")
  @HttpCode(204)
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.#app.gate.act(request);
    await this.#app.gate.leave(request);
    reply.header("set-cookie", forgetCookie(SESSION_COOKIE));
  }
}
