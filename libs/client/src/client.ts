import { WeftError } from "#libs/terms";
import { AccessTokens } from "./access-tokens.js";
import { connect, type Connection } from "./connection.js";
import { askForConsent, type ConsentAsked, type ConsentWanted } from "./consent-request.js";
import { type Answer, readAnswer } from "./envelope.js";
import { type Access, checkOptions, type ClientOptions } from "./options.js";
import { QuestionRefused, StepUpRequired } from "./refused.js";
import { headersFor, send, type Sendable } from "./send.js";
import { readStepUp } from "./step-up.js";
import { obtainToken } from "./token-endpoint.js";

/** What a data consumer installs: one for each of its systems. */
export interface Client {
  /** Whoever asks for this purpose and case; keep it while the case is worked on, as it keeps the tokens. */
  for(access: Access): Asker;
}

export interface Asker {
  /** Goes under any GraphQL client. To the gateway and the register only: elsewhere a token is never sent. */
  readonly fetch: typeof fetch;
  /** One question, read. Throws `QuestionRefused` where there is no data (`StepUpRequired` where the officer has to sign in again) and `TokenRefused` where there is no token. */
  ask<Data = Record<string, unknown>, Variables = Record<string, unknown>>(
    operation: Operation<Data, Variables>,
    variables?: Variables,
    options?: AskOptions,
  ): Promise<Answer<Data>>;
  /** Asks a person for a consent. Whether there is such a person, and what they say, is not in the answer. */
  askForConsent(wanted: ConsentWanted): Promise<ConsentAsked>;
  /** For the gateway. */
  accessToken(): Promise<string>;
  /** What authorises one request: `authorization`, and `dpop` with a proof that is used once. */
  headers(method: string, url: string): Promise<{ readonly authorization: string; readonly dpop?: string }>;
}

export interface AskOptions {
  /** Refuse the whole question where anything of it is not agreed, instead of answering in part. */
  readonly allOrNothing?: boolean;
  readonly signal?: AbortSignal;
}

/** GraphQL text, or what GraphQL Code Generator makes of it (`documentMode: "string"`), which knows its types. */
export type Operation<Data, Variables> = string | { toString(): string; __apiType?: (variables: Variables) => Data };

/** Throws CONFIG_INVALID. Nothing is asked of anybody until the first question. */
export function createClient(options: ClientOptions): Client {
  checkOptions(options);
  const connection = connect(options);
  // Whoever asks first is told.
  connection.catch(() => {});
  return { for: (access) => askerFor(access, options, connection) };
}

function askerFor(access: Access, options: ClientOptions, connection: Promise<Connection>): Asker {
  const tokens = new AccessTokens(async (resource) => obtainToken(await connection, access, resource));
  const sendAny: typeof fetch = async (input, init) => {
    const request = await sendable(input, init);
    return send(request, resourceOf(request.url, options), tokens, await connection);
  };
  return {
    fetch: sendAny,
    ask: (operation, variables, how = {}) =>
      ask(sendAny, { url: `${options.gateway}/graphql`, query: String(operation), variables }, how),
    askForConsent: (wanted) => askForConsent(sendAny, options.register, access, wanted),
    accessToken: () => tokens.for(options.gateway),
    headers: async (method, address) => {
      const url = new URL(address);
      const token = await tokens.for(resourceOf(url, options));
      return headersFor(method, url, token, await connection);
    },
  };
}

async function sendable(input: string | URL | Request, init?: RequestInit): Promise<Sendable> {
  const { url, method, headers, body, signal } = new Request(input, init);
  const bytes = body === null ? null : new Uint8Array(await new Response(body).arrayBuffer());
  return { url: new URL(url), method, headers, body: bytes, signal };
}

/** A token goes where it is meant for, and nowhere else. */
function resourceOf(url: URL, { gateway, register }: ClientOptions): string {
  const known = [gateway, register].find((address) => address !== undefined && isUnder(url, new URL(address)));
  if (known !== undefined) return known;
  throw new WeftError("CONFIG_INVALID", { message: "This client has tokens for its gateway and its register only." });
}

function isUnder(url: URL, { origin, pathname }: URL): boolean {
  const folder = pathname.endsWith("/") ? pathname : `${pathname}/`;
  return url.origin === origin && url.pathname.startsWith(folder);
}

interface Question {
  readonly url: string;
  readonly query: string;
  readonly variables: unknown;
}

async function ask<Data>(
  send: typeof fetch,
  { url, query, variables }: Question,
  { allOrNothing, signal }: AskOptions,
): Promise<Answer<Data>> {
  const response = await send(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      ...(allOrNothing && { prefer: "weft=reject" }),
    },
    body: JSON.stringify({ query, variables }),
    ...(signal && { signal }),
  });
  const read = readAnswer<Data>(await response.json().catch(() => undefined));
  if (read === undefined)
    throw new WeftError("SOURCE_INVALID", { message: `This is no answer of a gateway (HTTP ${response.status}).` });
  if ("weft" in read) return read;
  const stepUp = response.status === 401 ? readStepUp(response.headers.get("www-authenticate")) : undefined;
  throw stepUp ? new StepUpRequired(response.status, read, stepUp) : new QuestionRefused(response.status, read);
}
