import { readFileSync } from "node:fs";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { type IServices, listen, passwordDigest } from "soap";
import {
  contributions,
  head,
  memberTypes,
  members,
  rosterList,
  type Service,
  type ServiceKind,
  startService,
} from "../rest/insurance.fixture.js";

export const wsdlFile = fileURLToPath(new URL("insurance.wsdl", import.meta.url));
export const wsdlText = readFileSync(wsdlFile, "utf8");

export const soapYaml = `${head(`
  kind: soap
  url: env:API
  wsdl: env:WSDL
  auth: { usernameToken: { user: env:API_USER, password: env:API_PASSWORD } }
  resources:
    members:
      identify: { operation: findMembers, body: { nid: $nid, ssn: $ssn, after: $next }, rows: "$.member", next: "$.next", maxPages: 5 }
      values: { operation: findMembers, body: { nid: $nid, ssn: $ssn, column: $columns, after: $next }, rows: "$.member", next: "$.next", maxPages: 5 }
      page: { operation: listMembers, body: { district: $district, status: $status, only: $nid, limit: $limit, after: $after }, rows: "$.member" }
    contributions:
      values: { operation: getContributions, body: { ssn: $keys }, rows: "$.contribution", perCall: 1, asked: { ssn: $keys }, none: [NoSuchMember] }
`)}${memberTypes}${rosterList}`;

interface Find {
  readonly nid?: readonly string[];
  readonly ssn?: readonly string[];
  readonly column?: readonly string[];
  readonly after?: string;
}
interface List {
  readonly district: string;
  readonly limit: number;
  readonly after?: string;
}

/** The library's own server: WSDL, operations, faults, WS-Security. */
function operationsOf(service: Service): IServices {
  const ask = (what: string, keys: readonly string[], columns: readonly string[] | null, request: IncomingMessage) =>
    service.asked.push({ what, keys, columns, headers: request.headers });
  const InsurancePort = {
    findMembers(
      { nid = [], ssn = [], column = [], after = "0" }: Find,
      _done: unknown,
      _header: unknown,
      request: IncomingMessage,
    ) {
      ask(column.length === 0 ? "numbers" : "members", [...nid, ...ssn], column, request);
      const shown = column.length === 0 ? ["nid", "ssn"] : column;
      const found = members.filter((one) => nid.includes(one.nid) || ssn.includes(one.ssn));
      const [from, to] = [Number(after), Number(after) + service.pageSize];
      const member = found
        .slice(from, to)
        .map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => shown.includes(name))));
      return { member, ...(to < found.length ? { next: String(to) } : {}) };
    },
    listMembers({ district, limit, after = "" }: List, _done: unknown, _header: unknown, request: IncomingMessage) {
      ask("roster", [], null, request);
      const listed = members.filter((one) => one.district === district && one.ssn > after).slice(0, limit);
      return { member: listed.map(({ nid, ssn }) => ({ nid, ssn })) };
    },
    getContributions({ ssn }: { readonly ssn: string }, _done: unknown, _header: unknown, request: IncomingMessage) {
      ask("contributions", [ssn], null, request);
      const found = contributions.filter((one) => one.ssn === ssn);
      // As many services of its age do: nobody is a fault, and the answer does not say whom it is about.
      if (found.length === 0)
        throw { Fault: { faultcode: "soap:Client", faultstring: `nobody is ${ssn}`, detail: { NoSuchMember: ssn } } };
      return { contribution: found.map(({ no, month, amount }) => ({ no, month, amount })) };
    },
  };
  return { InsuranceService: { InsurancePort } };
}

interface Token {
  readonly UsernameToken?: {
    readonly Username: string;
    readonly Password: { readonly $value: string };
    readonly Nonce: { readonly $value: string };
    readonly Created: string;
  };
}

function serveSoap(service: Service): RequestListener {
  const inner = createServer();
  const server = listen(inner, { path: "/", services: operationsOf(service), xml: wsdlText, suppressStack: true });
  server.authenticate = ({ UsernameToken: token }: Token) =>
    token?.Username === "weft" &&
    token.Password.$value === passwordDigest(token.Nonce.$value, token.Created, "word & <sign>");
  return (request, response) => void inner.emit("request", request, response);
}

export const startSoap = (env: (url: string) => Readonly<Record<string, string>> = () => ({})) =>
  startService(serveSoap, (url) => ({
    API: url,
    WSDL: wsdlFile,
    API_USER: "weft",
    API_PASSWORD: "word & <sign>",
    ...env(url),
  }));

export const soapKind: ServiceKind = {
  name: "SOAP",
  yaml: soapYaml,
  calls: () => 2,
  pages: true,
  nonsense: "<html/>",
  start: () => startSoap(),
};
