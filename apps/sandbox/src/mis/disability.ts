import type { CaseRecord } from "./disability-cases.js";
import { readLines } from "./lines.js";
import { type Call, type Reply, type RestService, sameSecret, serveRest } from "./rest-service.js";

/**
 * The disability programme's system, a process of its own. Batch look-up by POST, an API key, pages of twenty-five, nested JSON,
 * dates as dd/mm/yyyy.
 *
 *     POST /v2/cases/lookup  {"nationalNumbers": [..], "caseNumbers": [..]}                    -> identifiers only
 *     POST /v2/cases/search  {"nationalNumbers": [..], "caseNumbers": [..], "fields": [..], "page": "2"}
 *
 * Environment: PORT, MIS_FILE (one case a line), MIS_SECRET.
 */
const PAGE = 25;
const MOST_KEYS = 1000;

export function disabilityService(cases: readonly CaseRecord[], secret: string): RestService {
  const byNumber = new Map(cases.map((record) => [record.caseNo, record]));
  const byNational = Map.groupBy(
    cases.filter((record) => record.holder.nin !== null),
    (record) => record.holder.nin,
  );
  const find = (body: unknown): CaseRecord[] | undefined => {
    const national = keys(body, "nationalNumbers");
    const numbers = keys(body, "caseNumbers");
    if (!national || !numbers || national.length + numbers.length > MOST_KEYS) return undefined;
    const found = [
      ...national.flatMap((nin) => byNational.get(nin) ?? []),
      ...numbers.flatMap((no) => byNumber.get(no) ?? []),
    ];
    return [...new Set(found)];
  };
  return {
    name: "disability",
    authorised: (headers) => sameSecret(headers["x-api-key"], secret),
    refusal: (status) => ({ fault: { status, text: status === 401 ? "API key refused" : "request refused" } }),
    routes: {
      "POST /v2/cases/lookup": (call) => page(call, find(call.body), () => ["caseNo", "holder"]),
      "POST /v2/cases/search": (call) => page(call, find(call.body), (body) => keys(body, "fields")),
    },
  };
}

function page(
  { body }: Call,
  found: CaseRecord[] | undefined,
  fields: (body: unknown) => readonly string[] | undefined,
): Reply | undefined {
  const wanted = fields(body);
  const number = Number(member(body, "page") ?? 1);
  if (!found || !wanted || !Number.isInteger(number) || number < 1) return undefined;
  const records = found.slice((number - 1) * PAGE, number * PAGE);
  const next = found.length > number * PAGE ? { next: String(number + 1) } : {};
  const shown = new Set(["caseNo", "holder", ...wanted]);
  const cases = records.map((record) => Object.fromEntries(Object.entries(record).filter(([name]) => shown.has(name))));
  return { json: { cases, paging: { number, ...next } }, rows: cases.length };
}

function member(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

/** A list of strings; none where the member is missing. */
function keys(body: unknown, name: string): string[] | undefined {
  const value = member(body, name) ?? [];
  return Array.isArray(value) && value.every((key) => typeof key === "string") ? value : undefined;
}

if (import.meta.main) {
  const { PORT, MIS_FILE, MIS_SECRET } = process.env;
  const service = disabilityService(readLines<CaseRecord>(MIS_FILE ?? ""), MIS_SECRET ?? "");
  const { port } = await serveRest(service, Number(PORT ?? 0));
  process.send?.({ port });
  process.on("SIGTERM", () => process.exit(0));
}
