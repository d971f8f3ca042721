import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CanonicalPerson, parseAgreementId, parseOrgId, parseStrictYaml, type Scheme } from "#libs/terms";
import { type AdapterConfig, adapterConfigSchema } from "../config.js";
import type { ReadRequest } from "../port.js";
import { subgraphSchema } from "../schema.js";

/** A social insurance that services of every kind speak for: its schema, its members, and what each service is asked. */
export const schemes = new Map<string, Scheme>([
  ["nid", { name: "nid", pattern: /^\d{10}$/, normalise: ["trim"], decoys: { from: "0000000000", to: "0000999999" } }],
  ["ssn", { name: "ssn", pattern: /^S\d{7}$/, normalise: ["trim"], decoys: { from: "S9990000", to: "S9999999" } }],
]);

export const schema = subgraphSchema(`
extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key", "@shareable", "@inaccessible", "@composeDirective"])
  @link(url: "https://weft.example/weft/v1.0", import: ["@personal"]) @composeDirective(name: "@personal")
directive @personal(class: String!, category: String!) on FIELD_DEFINITION
scalar PersonRef
scalar Date
scalar Decimal
enum Quality { VERIFIED DECLARED DISPUTED }
enum Standing { ACTIVE EXITED }
type PageInfo @shareable { hasNextPage: Boolean! endCursor: String }
type Query { roster(district: String!, status: Standing, first: Int!, after: String): MemberPage }
type MemberPage { nodes: [Member!]! pageInfo: PageInfo! }
type ContributionPage { nodes: [Contribution!]! pageInfo: PageInfo! }
type Person @key(fields: "ref") {
  ref: PersonRef!
  member: Member @personal(class: "P3", category: "insurance")
  contributions(from: Date, first: Int!, after: String): ContributionPage @personal(class: "P3", category: "insurance")
}
type Member {
  person: Person @personal(class: "P1", category: "pseudonym")
  status: Standing @personal(class: "P3", category: "insurance")
  since: Date @personal(class: "P3", category: "insurance")
  wage: Decimal @personal(class: "P3", category: "insurance")
  source: String! asOf: Date quality: Quality!
}
type Contribution { month: Date @personal(class: "P3", category: "insurance") amount: Decimal @personal(class: "P3", category: "insurance") source: String! }
`);

/** Of services whose rows are what `members` and `contributions` hold. */
export const memberTypes = `
codes: { standing: { A: ACTIVE, X: EXITED } }
types:
  Person:
    from: members
    identifiers: [ { scheme: nid, column: nid }, { scheme: ssn, column: ssn } ]
    fields:
      member: { type: Member }
      contributions: { list: { of: Contribution, newest: month, keyset: [no], maxRows: 50, filters: { from: { column: month, date: iso, test: atLeast } } } }
  Member:
    asOf: changed
    quality: { declared: { evidence: self }, otherwise: verified }
    fields:
      source: { value: Insurance }
      person: { type: Person }
      status: { column: status, codes: standing }
      since: { column: since, date: dd/MM/yyyy }
      wage: { column: wage }
  Contribution:
    from: contributions
    on: { ssn: members.ssn }
    fields: { source: { value: Insurance }, month: { column: month, date: iso }, amount: { column: amount } }
`;
export const rosterList = `
lists:
  roster: { of: Member, keyset: [ssn], maxRows: 50, filters: { district: { column: district }, status: { column: status, codes: standing } } }
`;
export const head = (source: string) => `
adapter: 1
provider: org:insurance
protect: { connections: 2, statementTimeout: PT3S, queue: PT1S, personsPerMinute: 600 }
source:${source}`;

export type Member = Readonly<
  Record<"nid" | "ssn" | "status" | "since" | "wage" | "district" | "changed" | "evidence", string>
>;
export type Contribution = Readonly<Record<"ssn" | "no" | "month" | "amount", string>>;

const member = (n: number, more: Partial<Member> = {}): Member => ({
  nid: String(1_000_000_000 + n),
  ssn: `S000000${n}`,
  status: n % 2 === 1 ? "A" : "X",
  since: "05/03/2024",
  wage: `120${n}.50`,
  district: "07",
  changed: "2026-09-17",
  evidence: n === 1 ? "self" : "employer",
  ...more,
});
/** 1…4 are as they should be, 5 and 6 share a number, 7 holds what nobody can read. */
export const members: readonly Member[] = [
  ...[1, 2, 3, 4].map((n) => member(n)),
  member(5),
  member(6, { nid: String(1_000_000_005) }),
  member(7, { status: "?", wage: "much" }),
];
export const contributions: readonly Contribution[] = [1, 2, 3, 4, 5].map((month) => ({
  ssn: "S0000001",
  no: `c${month}`,
  month: `2026-0${month}-01`,
  amount: `10${month}.5`,
}));

/** One call, as the service understood it. */
export interface Asked {
  readonly what: string;
  /** All keys of persons in it. */
  readonly keys: readonly string[];
  /** Null: this service cannot be asked for columns. */
  readonly columns: readonly string[] | null;
  readonly headers: IncomingMessage["headers"];
}

export interface Service {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly asked: Asked[];
  /** In the place of the next answers. */
  trouble: ((response: ServerResponse, request: IncomingMessage) => void) | undefined;
  /** Rows on one page. */
  pageSize: number;
  stop(): void;
}

/** A kind of service that the conformance suite runs on. */
export interface ServiceKind {
  readonly name: string;
  readonly yaml: string;
  /** Calls for a member's columns of N persons. */
  readonly calls: (persons: number) => number;
  readonly pages: boolean;
  /** An answer that the kind's reader must not swallow. */
  readonly nonsense: string;
  start(): Promise<Service>;
}

export type Serve = (service: Service) => RequestListener;

/** A server on a port of its own that can be in trouble. */
export async function startService(
  serve: Serve,
  env: (url: string) => Readonly<Record<string, string>>,
): Promise<Service> {
  let listener: RequestListener = () => undefined;
  const server: Server = createServer((request, response) => {
    if (service.trouble) service.trouble(response, request);
    else listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service: Service = {
    url,
    env: env(url),
    asked: [],
    trouble: undefined,
    pageSize: 100,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  listener = serve(service);
  return service;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

export function sendJson(response: ServerResponse, value: unknown, status = 200, type = "application/json"): void {
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(value));
}

export const configOf = (yaml: string): AdapterConfig => adapterConfigSchema.parse(parseStrictYaml(yaml));
export const nid = (n: number) => `nid:${String(1_000_000_000 + n)}` as CanonicalPerson;
export const ssn = (n: number) => `ssn:S000000${n}` as CanonicalPerson;
export const sealKey = { kid: "p1", party: parseOrgId("org:insurance"), bytes: Buffer.alloc(64, 7) };

export function request(persons: readonly CanonicalPerson[], more: Partial<ReadRequest> = {}): ReadRequest {
  return {
    persons,
    variables: {},
    withhold: (rows) => rows.map(() => new Set()),
    consenting: null,
    refOf: (person) => person,
    binding: { consumer: parseOrgId("org:welfare"), agreement: parseAgreementId("dsa-1") },
    now: new Date("2026-11-21T12:00:00Z"),
    signal: AbortSignal.timeout(5000),
    ...more,
  };
}
