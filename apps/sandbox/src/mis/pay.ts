import { readLines } from "./lines.js";
import type { PayeeRecord, PaymentRecord } from "./payees.js";
import { type Call, type Reply, type RestService, sameSecret, serveRest } from "./rest-service.js";

/**
 * The payment provider's system, a process of its own. GET with comma-separated keys, a bearer token, opaque cursors, amounts in cents,
 * ISO date-times.
 *
 *     GET /payees?national_ids=..&payee_nos=..&beneficiary_refs=..&view=keys&cursor=..
 *     GET /payments?payee_nos=..&due_from=2026-10-01&cursor=..                                   newest first
 *
 * Environment: PORT, PAYEES_FILE, PAYMENTS_FILE (one record a line), MIS_SECRET.
 */
const PAGE = 100;
const MOST_KEYS = 1000;

export function paymentService(
  payees: readonly PayeeRecord[],
  payments: readonly PaymentRecord[],
  secret: string,
): RestService {
  const byNumber = Map.groupBy(payees, (record) => record.payee_no);
  const byNational = Map.groupBy(payees, (record) => record.national_id ?? "");
  const byBeneficiary = Map.groupBy(payees, (record) => record.beneficiary_ref);
  const paymentsByPayee = Map.groupBy(payments, (record) => record.payee_no);
  const findPayees = (query: URLSearchParams): PayeeRecord[] => {
    const by = (name: string, index: Map<string, PayeeRecord[]>) =>
      keys(query, name).flatMap((key) => index.get(key) ?? []);
    const found = [
      ...by("national_ids", byNational),
      ...by("payee_nos", byNumber),
      ...by("beneficiary_refs", byBeneficiary),
    ];
    return [...new Set(found)];
  };
  const findPayments = (query: URLSearchParams): PaymentRecord[] => {
    const from = query.get("due_from") ?? "";
    const found = keys(query, "payee_nos").flatMap((key) => paymentsByPayee.get(key) ?? []);
    return found.filter((record) => record.due_at >= from).sort((a, b) => (a.due_at < b.due_at ? 1 : -1));
  };
  const shown = (query: URLSearchParams) => (record: PayeeRecord) =>
    query.get("view") === "keys" ? identifiers(record) : record;
  return {
    name: "pay",
    authorised: (headers) => sameSecret(headers.authorization, `Bearer ${secret}`),
    refusal: (status) => ({ error: status === 503 ? "try_later" : "refused", status }),
    routes: {
      "GET /payees": (call) => page(call, findPayees(call.query).map(shown(call.query))),
      "GET /payments": (call) => page(call, findPayments(call.query)),
    },
  };
}

function identifiers({ payee_no, national_id, beneficiary_ref }: PayeeRecord): object {
  return { payee_no, national_id, beneficiary_ref };
}

function page({ query }: Call, found: readonly object[]): Reply | undefined {
  const start = offset(query.get("cursor"));
  if (start === undefined || [...query.values()].some((value) => value.split(",").length > MOST_KEYS)) return undefined;
  const data = found.slice(start, start + PAGE);
  const next =
    start + PAGE < found.length ? { next_cursor: Buffer.from(`at:${start + PAGE}`).toString("base64url") } : {};
  return { json: { data, ...next }, rows: data.length };
}

function offset(cursor: string | null): number | undefined {
  if (cursor === null) return 0;
  const digits = /^at:(\d{1,7})$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function keys(query: URLSearchParams, name: string): string[] {
  return (query.get(name) ?? "").split(",").filter(Boolean);
}

if (import.meta.main) {
  const { PORT, PAYEES_FILE, PAYMENTS_FILE, MIS_SECRET } = process.env;
  const payees = readLines<PayeeRecord>(PAYEES_FILE ?? "");
  const service = paymentService(payees, readLines<PaymentRecord>(PAYMENTS_FILE ?? ""), MIS_SECRET ?? "");
  const { port } = await serveRest(service, Number(PORT ?? 0));
  process.send?.({ port });
  process.on("SIGTERM", () => process.exit(0));
}
