import { WeftError } from "#libs/terms";
import type { Mapping } from "../mapping.js";
import type { Source } from "../source.js";
import type { RestConfig, RestRequest } from "../source-config.js";
import { type Api, apiSource } from "./api.js";
import { acceptedJson, type Env, type Http, openHttp } from "./http.js";
import { allRows } from "./pages.js";
import { withParts } from "./parts.js";
import { filled, filledPath, filledText, type Words } from "./template.js";

/** A MIS behind a REST API: one request for any number of persons and each resource. */
export function openRest(config: RestConfig, mapping: Mapping, env: Env): Source {
  return apiSource(
    withParts(config, (url) => restApi({ ...config, url }, mapping, env)),
    mapping,
  );
}

function restApi(config: RestConfig, mapping: Mapping, env: Env): Api {
  const http = openHttp(config, mapping, env, "application/json");
  const width = mapping.config.protect.connections;
  return {
    offers: (resource, question) => config.resources[resource]?.[question] !== undefined,
    async ask(resource, question, asked, signal) {
      const request = config.resources[resource]?.[question];
      if (!request) throw new WeftError("CONTRACT_INVALID", { detail: "a resource that `resources` does not name" });
      return allRows(request, asked, width, (words, next) => ask(http, request, words, next, signal));
    },
    async health(signal) {
      const { status } = await http.send({ method: "GET", url: config.health ?? "/", signal });
      const up = config.health === undefined ? status < 500 : status >= 200 && status < 300;
      if (!up) throw new WeftError("SOURCE_UNAVAILABLE", { detail: `HTTP ${status}` });
      return "the service answers";
    },
    close: () => http.close(),
  };
}

async function ask(
  http: Http,
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
  const path = filledPath(request.path, words);
  const url = query.size === 0 ? path : `${path}?${query.toString()}`;
  const data = request.method === "POST" ? { data: body } : {};
  const answer = await http.send({ method: request.method, url, signal, ...data });
  return request.none.includes(answer.status) ? undefined : acceptedJson(answer);
}
