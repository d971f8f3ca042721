import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type IServices, listen, passwordDigest } from "soap";
import { type Fund, funds } from "../country/insurance.js";
import type { AccountRecord, InsuredRecord } from "./insurance-accounts.js";
import { readLines } from "./lines.js";
import { type Behaviour, type CallCount, isBehaviour, sameSecret } from "./rest-service.js";

/**
 * Social insurance, a process of its own for the four houses that it is: the council, which knows who has which number, and three funds,
 * of which none knows the others' accounts. SOAP 1.1 with WS-Security by digest, one WSDL for all, a hundred rows an answer.
 *
 *     POST /council  findInsured      numbers to numbers
 *     POST /FUND     getAccounts      numbers to accounts, only the elements in `show`
 *     GET  /council?wsdl
 *
 * Environment: PORT, INSURED_FILE, ACCOUNTS_FILE (one record a line), MIS_SECRET.
 */
const PAGE = 100;
const USER = "weft";
const houses = ["council", ...funds] as const;
type House = (typeof houses)[number];

interface Find {
  readonly nationalId?: readonly string[];
  readonly insuranceNo?: readonly string[];
  readonly show?: readonly string[];
  readonly after?: string;
}

export interface InsuranceService {
  readonly port: number;
  close(): void;
}

interface Told {
  readonly calls: Map<string, CallCount>;
  readonly behaviours: Map<string, Behaviour>;
}

export async function serveInsurance(
  insured: readonly InsuredRecord[],
  accounts: readonly AccountRecord[],
  secret: string,
  port: number,
): Promise<InsuranceService> {
  const told: Told = { calls: new Map(), behaviours: new Map() };
  const wsdl = readFileSync(new URL("insurance.wsdl", import.meta.url), "utf8");
  const inner = createServer();
  const operations: Readonly<Record<House, IServices>> = {
    council: councilOf(insured, told),
    ...(Object.fromEntries(funds.map((fund) => [fund, fundOf(fund, accounts, told)])) as Record<Fund, IServices>),
  };
  for (const house of houses) serveHouse(inner, `/${house}`, operations[house], wsdl, secret);
  const server = createServer((request, response) => void gate(told, inner, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** The library's own server: WSDL, operations, faults, WS-Security. */
function serveHouse(inner: Server, path: string, services: IServices, xml: string, secret: string): void {
  const server = listen(inner, { path, services, xml, suppressStack: true });
  server.authenticate = ({ UsernameToken: token }: SecurityHeader) =>
    token?.Username === USER &&
    sameSecret(token.Password.$value, passwordDigest(token.Nonce.$value, token.Created, secret));
}

interface SecurityHeader {
  readonly UsernameToken?: {
    readonly Username: string;
    readonly Password: { readonly $value: string };
    readonly Nonce: { readonly $value: string };
    readonly Created: string;
  };
}

function councilOf(insured: readonly InsuredRecord[], told: Told): IServices {
  const byNumber = new Map(insured.map((record) => [record.insuranceNo, record]));
  const byNational = Map.groupBy(insured, (record) => record.nationalId ?? "");
  const findInsured = ({ nationalId = [], insuranceNo = [], after }: Find) => {
    const found = new Set([
      ...nationalId.flatMap((id) => byNational.get(id) ?? []),
      ...insuranceNo.flatMap((no) => byNumber.get(no) ?? []),
    ]);
    const numbers = [...found].map((record) => ({
      insuranceNo: record.insuranceNo,
      ...(record.nationalId !== null && { nationalId: record.nationalId }),
    }));
    return page("insured", "council findInsured", numbers, after, told);
  };
  return { InsuranceService: { InsurancePort: { findInsured, getAccounts: notHere } } };
}

function fundOf(fund: Fund, accounts: readonly AccountRecord[], told: Told): IServices {
  const own = Map.groupBy(
    accounts.filter((record) => record.fund === fund),
    (record) => record.insuranceNo,
  );
  const getAccounts = ({ insuranceNo = [], show = [], after }: Find) => {
    const shown = new Set(["insuranceNo", ...show.filter((name) => name !== "fund")]);
    const found = insuranceNo
      .flatMap((no) => own.get(no) ?? [])
      .map((record) => Object.fromEntries(Object.entries(record).filter(([name]) => shown.has(name))));
    return page("account", `${fund} getAccounts`, found, after, told);
  };
  return { InsuranceService: { InsurancePort: { getAccounts, findInsured: notHere } } };
}

function notHere(): never {
  throw { Fault: { faultcode: "soap:Client", faultstring: "this house has no such operation" } };
}

function page(
  element: string,
  call: string,
  found: readonly object[],
  after: string | undefined,
  { calls }: Told,
): object {
  const start = Number(after ?? 0);
  const rows = found.slice(start, start + PAGE);
  const count = calls.get(call) ?? { calls: 0, rows: 0 };
  calls.set(call, { calls: count.calls + 1, rows: count.rows + rows.length });
  return { [element]: rows, ...(start + PAGE < found.length && { next: String(start + PAGE) }) };
}

/** `GET /__calls`, `DELETE /__calls`, `POST /__behaviour?is=busy&of=trade`: for the journeys; without `of` it is all houses. */
async function gate(told: Told, inner: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://mis");
  const json = (status: number, body: unknown) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (url.pathname === "/health") return json(200, { up: true });
  if (url.pathname === "/__calls") {
    if (request.method === "DELETE") told.calls.clear();
    return json(200, Object.fromEntries(told.calls));
  }
  if (url.pathname === "/__behaviour") {
    const [is, of] = [url.searchParams.get("is"), url.searchParams.get("of")];
    if (isBehaviour(is)) for (const house of of === null ? houses : [of]) told.behaviours.set(house, is);
    return json(200, Object.fromEntries(told.behaviours));
  }
  const behaviour = told.behaviours.get(url.pathname.slice(1));
  if (behaviour === "busy") return void response.writeHead(503, { "retry-after": "30" }).end();
  if (behaviour === "slow") await sleep(30_000, undefined, { ref: false });
  inner.emit("request", request, response);
}

if (import.meta.main) {
  const { PORT, INSURED_FILE, ACCOUNTS_FILE, MIS_SECRET } = process.env;
  const insured = readLines<InsuredRecord>(INSURED_FILE ?? "");
  const accounts = readLines<AccountRecord>(ACCOUNTS_FILE ?? "");
  const { port } = await serveInsurance(insured, accounts, MIS_SECRET ?? "", Number(PORT ?? 0));
  process.send?.({ port });
  process.on("SIGTERM", () => process.exit(0));
}
