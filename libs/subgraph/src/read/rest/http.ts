import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import axios, { type AxiosRequestConfig, type AxiosResponse } from "axios";
import { WeftError } from "#libs/terms";
import { milliseconds } from "../duration.js";
import { envValue } from "../env.js";
import type { Mapping } from "../mapping.js";
import type { HttpAuth } from "../source-config.js";

export type Env = Readonly<Record<string, string | undefined>>;
export type Answer = AxiosResponse<unknown>;

export interface HttpConfig {
  readonly url: string;
  readonly maxAnswer: number;
  readonly auth?: HttpAuth | undefined;
}

export interface Http {
  /** Where the service is. */
  readonly url: string;
  /** Whatever its status. Throws `SOURCE_UNAVAILABLE` and `SOURCE_INVALID`. */
  send(config: AxiosRequestConfig): Promise<Answer>;
  close(): Promise<void>;
}

/** axios with nothing implicit: own keep-alive connections, no redirect, no proxy from the environment, bounded answers. */
export function openHttp(config: HttpConfig, mapping: Mapping, env: Env, accept: string): Http {
  const { connections, statementTimeout, queue } = mapping.config.protect;
  const agentOptions = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const agents = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  const url = named(config.url, env);
  const http = axios.create({
    baseURL: url,
    headers: { accept, ...authorization(config.auth, env) },
    httpAgent: agents.http,
    httpsAgent: agents.https,
    timeout: milliseconds(statementTimeout) + milliseconds(queue),
    maxRedirects: 0,
    proxy: false,
    maxContentLength: config.maxAnswer,
    validateStatus: () => true,
  });
  return {
    url,
    async send(request) {
      try {
        return await http.request<unknown>(request);
      } catch (error) {
        // The error holds the request with its keys: nothing of it goes further but axios's own code.
        const code = axios.isAxiosError(error) ? (error.code ?? "no code") : "no code";
        if (code === "ERR_BAD_RESPONSE") throw new WeftError("SOURCE_INVALID", { detail: "too large, or not HTTP" });
        throw new WeftError("SOURCE_UNAVAILABLE", { detail: code, retryAfter: 5 });
      }
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
      return Promise.resolve();
    },
  };
}

/** What adapter.yaml says, or what the variable holds that it names. */
export function named(text: string, env: Env): string {
  return text.startsWith("env:") ? envValue(text, env) : text;
}

function authorization(auth: HttpAuth | undefined, env: Env): Record<string, string> {
  if (auth === undefined) return {};
  if ("bearer" in auth) return { authorization: `Bearer ${envValue(auth.bearer, env)}` };
  if ("header" in auth) return { [auth.header]: envValue(auth.value, env) };
  const credentials = `${envValue(auth.basic.user, env)}:${envValue(auth.basic.password, env)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** Throws what a status says. Nothing else of an answer that is not a good one is looked at. */
export function checkStatus(answer: Answer): void {
  const { status } = answer;
  if (status === 429 || status >= 500)
    throw new WeftError("SOURCE_UNAVAILABLE", { detail: `HTTP ${status}`, retryAfter: retryAfter(answer) });
  if (status < 200 || status >= 300) throw new WeftError("SOURCE_REFUSED", { detail: `HTTP ${status}` });
}

/** The body of a good answer. */
export function acceptedJson(answer: Answer): object {
  checkStatus(answer);
  const { data } = answer;
  if (typeof data !== "object" || data === null) throw new WeftError("SOURCE_INVALID", { detail: "not JSON" });
  return data;
}

function retryAfter({ headers }: Answer): number {
  const seconds = Number(headers["retry-after"]);
  return Number.isInteger(seconds) && seconds > 0 && seconds <= 3600 ? seconds : 5;
}
