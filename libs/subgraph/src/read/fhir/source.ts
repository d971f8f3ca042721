import { WeftError } from "#libs/terms";
import type { Mapping } from "../mapping.js";
import { apiSource, type Asked, type Question } from "../rest/api.js";
import { acceptedJson, type Answer, checkStatus, type Env, type Http, openHttp } from "../rest/http.js";
import type { JsonRow } from "../rest/json-row.js";
import { inCalls } from "../rest/pages.js";
import { filledText } from "../rest/template.js";
import type { Source } from "../source.js";
import type { FhirConfig, FhirResource } from "../source-config.js";
import { hangingRows, patientRows, readPage, type Resource } from "./bundle.js";
import { outcomeError } from "./outcome.js";

/**
 * A FHIR R4 server (https://hl7.org/fhir/R4/search.html): one search for N persons by their identifiers. What hangs on a patient comes
 * with the patients (`_revinclude`), so that the server is never told which of the persons asked exist.
 */
export function openFhir(config: FhirConfig, mapping: Mapping, env: Env): Source {
  const http = openHttp(config, mapping, env, "application/fhir+json");
  const server = { config, http, base: http.url.replace(/\/+$/, "") };
  return apiSource(
    {
      offers: (resource, question) =>
        question === "page"
          ? config.resources[resource]?.page !== undefined
          : question === "values" || mapping.identifiers.length > 1,
      hasWholeLists: true,
      ask(resource, question, asked, signal) {
        const from = config.resources[resource];
        if (!from) throw new WeftError("CONTRACT_INVALID", { detail: "a resource that `resources` does not name" });
        const { connections } = mapping.config.protect;
        return inCalls(asked, config.perCall, connections, (some) =>
          search(server, from, queryOf(config, from, question, some), signal),
        );
      },
      async health(signal) {
        checkStatus(await http.send({ method: "GET", url: `${server.base}/metadata`, signal }));
        return "the service answers";
      },
      close: () => http.close(),
    },
    mapping,
  );
}

interface Server {
  readonly config: FhirConfig;
  readonly http: Http;
  readonly base: string;
}

async function search(
  { config, http, base }: Server,
  from: FhirResource,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<readonly JsonRow[]> {
  const found = new Map<string, Resource>();
  // By POST: a person's number in an address would be in every log on the way.
  let answer = await http.send({
    method: "POST",
    url: `${base}/Patient/_search`,
    data: query.toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    signal,
  });
  for (let page = 1; page <= config.maxPages; page++) {
    const { resources, next } = readPage(accepted(answer), base);
    for (const one of resources) found.set(`${one.resourceType}/${one.id ?? String(found.size)}`, one);
    if (next === undefined) return rowsOf(config, from, [...found.values()], base);
    if (page < config.maxPages) answer = await http.send({ method: "GET", url: next, signal });
  }
  throw new WeftError("SOURCE_INVALID", { detail: `more than ${config.maxPages} pages` });
}

function rowsOf(config: FhirConfig, { type, reference }: FhirResource, resources: readonly Resource[], base: string) {
  if (reference === undefined) return patientRows(resources, config.systems);
  return hangingRows(resources, config.systems, { type, element: reference, base });
}

function queryOf(
  config: FhirConfig,
  { type, by, reference, page }: FhirResource,
  question: Question,
  { keys, words }: Asked,
): URLSearchParams {
  const query = new URLSearchParams({ _count: String(config.pageSize) });
  const identifiers = Object.entries(config.systems).flatMap(([scheme, system]) =>
    [keys[`$${scheme}`] ?? words[`$${scheme}`] ?? []].flat().map((key) => `${escaped(system)}|${escaped(String(key))}`),
  );
  if (identifiers.length > 0) query.set("identifier", identifiers.join(","));
  if (reference !== undefined) query.set("_revinclude", `${type}:${by}`);
  for (const [name, template] of Object.entries((question === "page" && page?.query) || {})) {
    const value = filledText(template, words);
    const isWord = template.startsWith("$");
    if (value !== null)
      query.set(
        name,
        [value]
          .flat()
          .map((one) => (isWord ? escaped(String(one)) : one))
          .join(","),
      );
  }
  const columns = Array.isArray(words["$columns"]) ? (words["$columns"] as readonly string[]) : [];
  const elements = columns.filter((column) => !Object.hasOwn(config.systems, column));
  const needed = ["identifier", ...(reference === undefined ? [] : [reference]), ...elements];
  if (config.elements) query.set("_elements", [...new Set(needed)].join(","));
  return query;
}

/** §3.1.1.4.0.1 of the standard: `\`, `,`, `|` and `$` mean something in a search. */
function escaped(value: string): string {
  return value.replace(/[\\,|$]/g, String.raw`\$&`);
}

/** An outcome says more than a status. */
function accepted(answer: Answer): object {
  if (answer.status >= 400 && answer.status !== 429) {
    const error = outcomeError(answer.data);
    if (error) throw error;
  }
  return acceptedJson(answer);
}
