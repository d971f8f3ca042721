import { type KeyObject, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { WeftError } from "#libs/terms";
import { milliseconds } from "../duration.js";
import { envValue } from "../env.js";
import type { Mapping } from "../mapping.js";
import { apiSource } from "../rest/api.js";
import { acceptedJson, type Env, type Http, openHttp } from "../rest/http.js";
import { type JsonRow, jsonRows } from "../rest/json-row.js";
import { inCalls } from "../rest/pages.js";
import { filled } from "../rest/template.js";
import type { Source } from "../source.js";
import type { DciConfig, DciResource } from "../source-config.js";
import {
  acknowledgementSchema,
  envelopeSchema,
  type Found,
  headerOf,
  listSearch,
  personSearches,
  type Search,
  searchAnswerSchema,
  searchMessage,
  statusAnswerSchema,
  statusMessage,
} from "./message.js";
import { rejected } from "./reason.js";
import { ed25519Key, isSignedBy, kidOf, signatureOf, type Signer } from "./signature.js";

const FIRST_WAIT = 50;
const LONGEST_WAIT = 1000;

/** A registry of the Digital Convergence Initiative: N persons are one signed message of as many searches. */
export function openDci(config: DciConfig, mapping: Mapping, env: Env): Source {
  const { statementTimeout, connections } = mapping.config.protect;
  const registry: Registry = {
    config,
    http: openHttp(config, mapping, env, "application/json"),
    within: milliseconds(statementTimeout),
    signer: {
      kidId: kidOf(config.sender, config.sign.id),
      namespace: config.sign.namespace,
      key: ed25519Key(envValue(config.sign.key, env), "private"),
    },
    registryKey: config.verify === undefined ? undefined : ed25519Key(envValue(config.verify, env), "public"),
  };
  return apiSource(
    {
      // Records come whole: what says who is meant is in them, and the rest is not looked at before it may be.
      offers: (resource, question) =>
        question === "page"
          ? config.resources[resource]?.page !== undefined
          : question === "values" || mapping.identifiers.length > 1,
      hasWholeLists: true,
      ask(resource, question, asked, signal) {
        const from = config.resources[resource];
        if (!from) throw new WeftError("CONTRACT_INVALID", { detail: "a resource that `resources` does not name" });
        return inCalls(asked, from.perCall, connections, (some) => {
          const searches = question === "page" ? [listSearch(from, some.words)] : personSearches(from, some);
          return search(registry, from, searches, signal);
        });
      },
      async health(signal) {
        const { status } = await registry.http.send({ method: "GET", url: "/", signal });
        if (status >= 500) throw new WeftError("SOURCE_UNAVAILABLE", { detail: `HTTP ${status}` });
        return "the service answers";
      },
      close: () => registry.http.close(),
    },
    mapping,
  );
}

interface Registry {
  readonly config: DciConfig;
  readonly http: Http;
  readonly within: number;
  readonly signer: Signer;
  readonly registryKey: KeyObject | undefined;
}

/**
 * All pages. The next page is asked with as many searches as the first, whoever has one. A record that two searches found, by
 * two of its numbers, is one record.
 */
async function search(
  registry: Registry,
  from: DciResource,
  searches: readonly Search[],
  signal: AbortSignal,
): Promise<readonly JsonRow[]> {
  const rows: JsonRow[] = [];
  const finder = new Map<string, number>();
  for (let page = 1; page <= from.maxPages; page++) {
    const asking = searches.map((one) => ({ ...one, reference: randomUUID() }));
    const found = await searchPage(registry, from, asking, page, signal);
    const answers = new Map(found.map((one) => [one.reference_id, one]));
    for (const [i, one] of asking.entries()) {
      for (const row of rowsOf(from, one, answers.get(one.reference))) {
        const text = JSON.stringify(row);
        if ((finder.get(text) ?? i) === i) rows.push(row);
        finder.set(text, finder.get(text) ?? i);
      }
    }
    const seen = page * from.pageSize;
    if (!found.some(({ pagination }) => (pagination?.total_count ?? 0) > seen)) return rows;
  }
  throw new WeftError("SOURCE_INVALID", { detail: `more than ${from.maxPages} pages` });
}

/** A search without an answer is no person without a record. */
function rowsOf(from: DciResource, asked: Search, found: Found | undefined): readonly JsonRow[] {
  if (!found) throw new WeftError("SOURCE_INVALID", { detail: "a search without an answer" });
  if (found.status === "rjct") {
    if (from.none.includes(found.status_reason_code ?? "")) return [];
    throw rejected(found.status_reason_code);
  }
  if (found.status !== "succ") throw new WeftError("SOURCE_UNAVAILABLE", { detail: `status ${found.status}` });
  const said = filled(from.asked ?? {}, asked.words) as JsonRow;
  const records = [found.data?.reg_records ?? []].flat();
  return records.flatMap((record) => jsonRows(record, from.rows)).map((row) => ({ ...row, ...said }));
}

async function searchPage(
  registry: Registry,
  from: DciResource,
  searches: readonly Search[],
  page: number,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const now = new Date();
  const transaction = randomUUID();
  const at = { page_size: from.pageSize, page_number: page };
  const message = searchMessage(transaction, searches, from.criteria, at, now);
  const header = headerOf("search", registry.config, searches.length, now);
  if (registry.config.search === "async") return searchLater(registry, { header, message }, transaction, signal);
  const answer = await send(registry, "/registry/sync/search", { header, message }, searchAnswerSchema, signal);
  checkHeader(answer.header);
  return answer.message.search_response ?? [];
}

/** The registry takes the message now and has the answer later: it is asked for its status until it has, or time is over. */
async function searchLater(
  registry: Registry,
  signed: { readonly header: object; readonly message: object },
  transaction: string,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(registry.within)]);
  const taken = await post(registry, "/registry/search", signed, until);
  const acknowledged = parsed(acknowledgementSchema, taken).message;
  if (acknowledged.ack_status !== "ACK") throw rejected(acknowledged.error?.code);
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    await sleep(wait, undefined, { signal: until }).catch(() => {
      throw new WeftError("SOURCE_UNAVAILABLE", { detail: "no answer to an asynchronous search yet", retryAfter: 5 });
    });
    const message = statusMessage(transaction);
    const header = headerOf("txn-status", registry.config, 1, new Date());
    const answer = await send(registry, "/registry/sync/txn/status", { header, message }, statusAnswerSchema, until);
    const isDone = answer.header.status === "succ" || answer.header.status === "rjct";
    const found = answer.message.txnstatus_response?.txn_status.search_response ?? [];
    if (!isDone || found.some(({ status }) => status === "rcvd" || status === "pdng")) continue;
    checkHeader(answer.header);
    return found;
  }
}

interface AnswerHeader {
  readonly status: string;
  readonly status_reason_code?: string | null | undefined;
  readonly is_msg_encrypted?: boolean | null | undefined;
}

function checkHeader({ status, status_reason_code: reason, is_msg_encrypted: encrypted }: AnswerHeader): void {
  if (status === "rjct") throw rejected(reason);
  if (encrypted === true) throw new WeftError("SOURCE_INVALID", { detail: "an encrypted message" });
}

async function send<T>(
  registry: Registry,
  path: string,
  signed: { readonly header: object; readonly message: object },
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T> {
  const answer = await post(registry, path, signed, signal);
  const { signature, header, message } = parsed(envelopeSchema, answer);
  const { registryKey, config } = registry;
  if (registryKey && !isSignedBy({ header, message }, signature, config.receiver, registryKey, new Date()))
    throw new WeftError("SOURCE_INVALID", { detail: "not signed by the registry" });
  return parsed(schema, answer);
}

async function post(
  { http, signer }: Registry,
  url: string,
  signed: { readonly header: object; readonly message: object },
  signal: AbortSignal,
): Promise<object> {
  const data = { signature: signatureOf(signed, signer, new Date()), ...signed };
  return acceptedJson(await http.send({ method: "POST", url, data, signal }));
}

function parsed<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { success, data } = schema.safeParse(answer);
  if (!success) throw new WeftError("SOURCE_INVALID", { detail: "not a message of the registry interface" });
  return data;
}
