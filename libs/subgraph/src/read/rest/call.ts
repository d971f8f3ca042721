import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import axios, { type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from "axios";
import { WeftError } from "#libs/terms";
import { milliseconds } from "../duration.js";
import { envValue } from "../env.js";
import type { Mapping } from "../mapping.js";
import type { RestConfig, RestRequest } from "../source-config.js";
import { type JsonRow, jsonRows, jsonScalar } from "./json-row.js";

/** What stands for `$word` in a request. Null: left out. */
export type Words = Readonly<Record<string, string | number | readonly string[] | null>>;
/** All pages of one request. */
export type RestCall = (request: RestRequest, words: Words, signal: AbortSignal) => Promise<readonly JsonRow[]>;

type Env = Readonly<Record<string, string | undefined>>;

export interface Calls {
  readonly call: RestCall;
  health(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** axios with nothing implicit: own keep-alive connections, no redirect, no proxy from the environment, bounded answers. */
export function openCalls(config: RestConfig, mapping: Mapping, env: Env): Calls {
  const { connections, statementTimeout, queue } = mapping.config.protect;
  const agentOptions = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const agents = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  const http = axios.create({
    baseURL: config.url.startsWith("env:") ? envValue(config.url, env) : config.url,
    headers: { accept: "application/json", ...authorization(config, env) },
    httpAgent: agents.http,
    httpsAgent: agents.https,
    timeout: milliseconds(statementTimeout) + milliseconds(queue),
    maxRedirects: 0,
    proxy: false,
    maxContentLength: config.maxAnswer,
    validateStatus: () => true,
  });
  return {
    call: (request, words, signal) => pages(http, request, words, signal),
    async health(signal) {
      const answer = await send(http, { method: "GET", url: config.health ?? "/", signal });
      const up = config.health === undefined ? answer.status < 500 : answer.status >= 200 && answer.status < 300;
      if (!up) throw new WeftError("SOURCE_UNAVAILABLE", { detail: `HTTP ${answer.status}` });
      return "the service answers";
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
      return Promise.resolve();
    },
  };
}

function authorization({ auth }: RestConfig, env: Env): Record<string, string> {
  if (auth === undefined) return {};
  if ("bearer" in auth) return { authorization: `Bearer ${envValue(auth.bearer, env)}` };
  if ("header" in auth) return { [auth.header]: envValue(auth.value, env) };
  const credentials = `${envValue(auth.basic.user, env)}:${envValue(auth.basic.password, env)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

async function pages(
  http: AxiosInstance,
  request: RestRequest,
  words: Words,
  signal: AbortSignal,
): Promise<readonly JsonRow[]> {
  const rows: JsonRow[] = [];
  let next: string | undefined;
  for (let page = 0; page < request.maxPages; page++) {
    const answer = await ask(http, request, words, next, signal);
    rows.push(...jsonRows(answer, request.rows));
    next = request.next === undefined ? undefined : jsonScalar(answer, request.next);
    if (next === undefined || next === "") return rows;
  }
  // An answer that is cut off would be a wrong answer: a payment that is not on it would seem not to exist.
  throw new WeftError("SOURCE_INVALID", { detail: `more than ${request.maxPages} pages` });
}

async function ask(
  http: AxiosInstance,
  request: RestRequest,
  words: Words,
  next: string | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const query = new URLSearchParams();
  for (const [name, template] of Object.entries(request.query ?? {})) {
    const value = filledText(template, words);
    if (value !== null) query.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  const body = filled(request.body ?? {}, words) as Record<string, unknown>;
  if (next !== undefined && request.nextAs !== undefined) {
    if (request.method === "GET") query.set(request.nextAs, next);
    else body[request.nextAs] = next;
  }
  const url = query.size === 0 ? request.path : `${request.path}?${query.toString()}`;
  const answer = await send(http, {
    method: request.method,
    url,
    signal,
    ...(request.method === "POST" ? { data: body } : {}),
  });
  return accepted(answer);
}

/** A string that is one word becomes its value; members whose word has none are left out. Keys are data: never spliced into text. */
function filled(template: unknown, words: Words): unknown {
  if (typeof template === "string") return filledText(template, words);
  if (Array.isArray(template)) return template.map((each) => filled(each, words));
  if (typeof template !== "object" || template === null) return template;
  const members = Object.entries(template).map(([name, value]) => [name, filled(value, words)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== null));
}

/** A `$word` without a value in this request is a filter that is not used. */
function filledText(template: string, words: Words): Words[string] {
  return template.startsWith("$") ? (words[template] ?? null) : template;
}

async function send(http: AxiosInstance, config: AxiosRequestConfig): Promise<AxiosResponse<unknown>> {
  try {
    return await http.request<unknown>(config);
  } catch (error) {
    // The error holds the request with its keys: nothing of it goes further but axios's own code.
    const code = axios.isAxiosError(error) ? (error.code ?? "no code") : "no code";
    if (code === "ERR_BAD_RESPONSE") throw new WeftError("SOURCE_INVALID", { detail: "too large, or not HTTP" });
    throw new WeftError("SOURCE_UNAVAILABLE", { detail: code, retryAfter: 5 });
  }
}

function accepted(answer: AxiosResponse<unknown>): unknown {
  const { status, data } = answer;
  if (status === 429 || status >= 500)
    throw new WeftError("SOURCE_UNAVAILABLE", { detail: `HTTP ${status}`, retryAfter: retryAfter(answer) });
  if (status < 200 || status >= 300) throw new WeftError("SOURCE_REFUSED", { detail: `HTTP ${status}` });
  if (typeof data !== "object" || data === null) throw new WeftError("SOURCE_INVALID", { detail: "not JSON" });
  return data;
}

function retryAfter(answer: AxiosResponse<unknown>): number {
  const seconds = Number(answer.headers["retry-after"]);
  return Number.isInteger(seconds) && seconds > 0 && seconds <= 3600 ? seconds : 5;
}
