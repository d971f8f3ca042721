import { generateKeyPairSync } from "node:crypto";
import type { RequestListener } from "node:http";
import {
  bodyOf,
  contributions,
  head,
  members,
  memberTypes,
  rosterList,
  sendJson,
  type Service,
  type ServiceKind,
  startService,
} from "../rest/insurance.fixture.js";
import { isSignedBy, kidOf, signatureOf, type Signed } from "./signature.js";

export const dciYaml = `${head(`
  kind: dci
  url: env:API
  sender: weft.example
  receiver: registry.example
  sign: { key: env:KEY, id: key1 }
  verify: env:REGISTRY_KEY
  resources:
    members: { idTypes: { nid: UIN, ssn: SSN }, criteria: { reg_type: "ns:org:RegistryType:Social", reg_record_type: Member },
      page: { filters: { district: district_code, status: status }, sort: ssn } }
    contributions: { idTypes: { ssn: SSN }, criteria: { reg_record_type: Contribution }, asked: { ssn: $ssn }, pageSize: 100 }
`)}${memberTypes}${rosterList}`;

const own = generateKeyPairSync("ed25519");
const registry = generateKeyPairSync("ed25519");

interface Expression {
  readonly attribute_name: string;
  readonly operator: string;
  readonly attribute_value: string;
}
interface Predicate {
  readonly expression1: Expression;
  readonly expression2?: Expression;
}
interface Search {
  readonly reference_id: string;
  readonly search_criteria: {
    readonly reg_record_type: string;
    readonly query_type: string;
    readonly query: { readonly type: string; readonly value: string } | readonly Predicate[];
    readonly pagination: { readonly page_size: number; readonly page_number: number };
  };
}
interface Message {
  readonly transaction_id: string;
  readonly search_request?: readonly Search[];
  readonly txnstatus_request?: { readonly attribute_value: string };
}
export interface Asking extends Signed {
  readonly signature: string;
  readonly header: { readonly message_id: string; readonly action: string; readonly total_count: number };
  readonly message: Message;
}

/** How the registry behaves: what it says to one search, or of the whole; how often a status is asked before it knows. */
export interface Manner {
  entry: ((search: Search, answer: object) => object | undefined) | undefined;
  header: object;
  polls: number;
  sign: (signed: Signed) => string;
  readonly received: Asking[];
}

const sign = (signed: Signed) =>
  signatureOf(
    signed,
    { kidId: kidOf("registry.example", "r1"), namespace: "dci", key: registry.privateKey },
    new Date(),
  );

export const newManner = (): Manner => ({ entry: undefined, header: {}, polls: 2, sign, received: [] });

type Query = Search["search_criteria"]["query"];

/** By a number, or by what a predicate says of the district: in whatever order they are kept. */
function membersBy(query: Query): readonly object[] {
  if ("type" in query) return members.filter((one) => one[query.type === "UIN" ? "nid" : "ssn"] === query.value);
  const said = query.flatMap(({ expression1, expression2 = expression1 }) => [expression1, expression2]);
  const holds = ({ attribute_name: name, attribute_value: value }: Expression, one: (typeof members)[number]) =>
    (name === "district_code" ? one.district : one.status) === value;
  return members.toReversed().filter((one) => said.every((expression) => holds(expression, one)));
}

function contributionsOf(query: Query): readonly object[] {
  const found = contributions.filter(({ ssn }) => "type" in query && ssn === query.value);
  return found.map(({ no, month, amount }) => ({ no, month, amount }));
}

function answerTo(search: Search): object {
  const { query, reg_record_type: type, pagination } = search.search_criteria;
  const found = type === "Member" ? membersBy(query) : contributionsOf(query);
  const from = (pagination.page_number - 1) * pagination.page_size;
  return {
    reference_id: search.reference_id,
    timestamp: new Date().toISOString(),
    status: "succ",
    data: { version: "1.0.0", reg_record_type: type, reg_records: found.slice(from, from + pagination.page_size) },
    pagination: { ...pagination, total_count: found.length },
    locale: "eng",
  };
}

function whatIs({ search_criteria: { query_type: type, reg_record_type: of } }: Search): string {
  if (type === "predicate") return "roster";
  return of === "Member" ? "members" : "contributions";
}

function serveDci(service: Service, manner: Manner): RequestListener {
  const taken = new Map<string, { polls: number; readonly message: Message }>();
  const found = ({ transaction_id, search_request = [] }: Message) => ({
    transaction_id,
    correlation_id: "c1",
    search_response: search_request.flatMap((one) => {
      const answer = answerTo(one);
      return manner.entry ? (manner.entry(one, answer) ?? []) : answer;
    }),
  });
  return (request, response) => {
    const send = (action: string, message: object, more: object = {}) => {
      const header = {
        version: "1.0.0",
        message_id: "1",
        message_ts: "now",
        action,
        status: "succ",
        ...more,
        ...manner.header,
      };
      sendJson(response, { signature: manner.sign({ header, message }), header, message });
    };
    void bodyOf(request).then((text) => {
      if (request.method === "GET") return sendJson(response, {});
      const asking = JSON.parse(text) as Asking;
      const { header, message, signature } = asking;
      if (!isSignedBy({ header, message }, signature, "weft.example", own.publicKey, new Date()))
        return sendJson(response, { errors: [{ code: "err.signature.invalid" }] }, 401);
      manner.received.push(asking);
      const searches = message.search_request ?? [];
      if (searches.length > 0)
        service.asked.push({
          what: searches.map(whatIs).at(0) ?? "",
          keys: searches.flatMap(({ search_criteria: { query } }) => ("type" in query ? [query.value] : [])),
          columns: null,
          headers: request.headers,
        });
      if (request.url === "/registry/sync/search") return send("on-search", found(message));
      if (request.url === "/registry/search") {
        taken.set(message.transaction_id, { polls: 0, message });
        return sendJson(response, { message: { ack_status: "ACK", timestamp: "now", correlation_id: "c1" } });
      }
      const one = taken.get(message.txnstatus_request?.attribute_value ?? "");
      if (request.url !== "/registry/sync/txn/status" || !one) return sendJson(response, {}, 404);
      const isDone = ++one.polls > manner.polls;
      const status = isDone ? found(one.message) : { search_response: [] };
      return send(
        "txn-on-status",
        { transaction_id: "t", txnstatus_response: { txn_type: "search", txn_status: status } },
        isDone ? {} : { status: "pdng" },
      );
    });
  };
}

export const startDci = (manner = newManner()) =>
  startService(
    (service) => serveDci(service, manner),
    (url) => ({
      API: url,
      KEY: own.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
      REGISTRY_KEY: JSON.stringify(registry.publicKey.export({ format: "jwk" })),
    }),
  );

export const dciKind: ServiceKind = {
  name: "DCI",
  yaml: dciYaml,
  calls: () => 2,
  pages: false,
  nonsense: "{}",
  start: () => startDci(),
};
