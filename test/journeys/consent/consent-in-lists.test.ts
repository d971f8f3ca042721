import type { Coordinate } from "#libs/terms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Attempt, captureGateway, type CapturedGateway } from "../../attack/captured-gateway.js";
import { asSuperuser } from "../mis-reads.js";
import { codesOf, type Told } from "../orvanda.js";
import { callsByRoute, tracesIn } from "./register-traces.js";
import {
  amount,
  cashNo,
  DISTRICT,
  nid,
  people,
  restricted,
  shown,
  startThousand,
  surname,
  type Thousand,
  until,
  value,
} from "./thousand.js";

/**
 * To a thousand people on a list: of those who did not consent, and of those who are protected or object, nothing leaves the ministry's
 * system, however long the list and whichever ministry's list it is.
 */
let thousand: Thousand;
let captured: CapturedGateway;

beforeAll(async () => {
  thousand = await startThousand();
  captured = await captureGateway(thousand.orvanda.urls, thousand.contracts);
  await until("all consents and restrictions have arrived", async () => {
    const [roster, hop] = [await list(500), await roll(500)];
    return nodesOf(roster).length === shown.length && levelsIn(hop) === shownOn(0, 500).length;
  });
  taken();
}, 240_000);
afterAll(async () => {
  await captured?.close();
  await thousand?.stop();
});

interface Page {
  readonly nodes: readonly { readonly monthlyAmount?: string; readonly person: Hopped }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
interface Hopped {
  readonly identity?: { readonly fullName: string } | null;
  readonly disability?: { readonly assessedLevel: string } | null;
}

/** The programme's list as a clinic reads it: on consent. */
const list = (first: number, after: string | null = null, status = "ACTIVE") =>
  thousand.orvanda.ask({
    persona: "clinic",
    query: `query L($d: String!, $n: Int!, $after: String, $s: EnrolmentStatus) {
      cashTransferEnrolments(district: $d, first: $n, after: $after, status: $s) { nodes { monthlyAmount person { id } } pageInfo { hasNextPage endCursor } } }`,
    variables: { d: DISTRICT, n: first, after, s: status },
  });
/** The programme's own list, read by law; what other ministries hold of each person, on consent. */
const roll = (first: number, after: string | null = null) =>
  thousand.orvanda.ask({
    persona: "programme",
    purpose: "referral",
    query: `query R($d: String!, $n: Int!, $after: String) {
      cashTransferEnrolments(district: $d, first: $n, after: $after) {
        nodes { person { identity { fullName } disability { assessedLevel } } } pageInfo { hasNextPage endCursor } } }`,
    variables: { d: DISTRICT, n: first, after },
  });

const pageOf = ({ data }: Told) => (data as { cashTransferEnrolments: Page }).cashTransferEnrolments;
const nodesOf = (answer: Told) => (answer.data ? (pageOf(answer)?.nodes ?? []) : []);
const levelsIn = (answer: Told) => nodesOf(answer).filter(({ person }) => person?.disability?.assessedLevel).length;
const listed = people.filter((n) => !restricted.includes(n));
/** Who is shown among these places of the list. */
const shownOn = (from: number, to: number) => listed.slice(from, to).filter((n) => shown.includes(n));
const amountOf = (n: number) => amount(n).replaceAll(".", "").replace(",", ".");

function taken() {
  const { cash, civil, disability } = thousand.wires;
  return { cash: cash.take(), civil: civil.take(), disability: disability.take() };
}

const marked = (rows: readonly string[], mark: (n: number) => string) => {
  const text = rows.join("\n");
  return people.filter((n) => text.includes(mark(n)));
};
const about = (statements: readonly string[]) => statements.filter((text) => /penerima_mst|"person"/.test(text));

test("of a thousand persons of whom 300 consented, 300 persons' values leave the system, in three statements", async () => {
  const page = pageOf(await list(500));
  const { cash } = taken();
  expect(shown).toHaveLength(300);
  expect(page.nodes.map(({ monthlyAmount }) => monthlyAmount)).toEqual(shown.map(amountOf));
  expect(page.pageInfo.hasNextPage).toBe(false);
  expect(marked(cash.rows, amount)).toEqual(shown);
  expect(about(cash.statements)).toHaveLength(3);
});

test("so also page by page: each page is full, and takes three statements", async () => {
  const seen: (string | undefined)[] = [];
  let after: string | null = null;
  for (const rows of [120, 120, 60]) {
    const { nodes, pageInfo } = pageOf(await list(120, after));
    const { cash } = taken();
    expect(nodes).toHaveLength(rows);
    expect(marked(cash.rows, amount)).toHaveLength(rows);
    expect(about(cash.statements)).toHaveLength(3);
    expect(pageInfo.hasNextPage).toBe(rows === 120);
    seen.push(...nodes.map(({ monthlyAmount }) => monthlyAmount));
    after = pageInfo.endCursor;
  }
  expect(seen).toEqual(shown.map(amountOf));
});

test("from another ministry's list, two pages of 500: each ministry sends the values of those who consented, and no others", async () => {
  const found: string[] = [];
  let after: string | null = null;
  let levels = 0;
  for (const [from, to] of [[0, 500] as const, [500, 1000] as const]) {
    const answer = await roll(500, after);
    const { cash, civil, disability } = taken();
    const expected = shownOn(from, to);
    expect(nodesOf(answer)).toHaveLength(Math.min(to, listed.length) - from);
    expect(codesOf(answer)).toEqual(["NOT_AVAILABLE"]);
    expect(about(cash.statements).length).toBeLessThanOrEqual(3);
    expect(about(civil.statements)).toHaveLength(2);
    expect(marked(civil.rows, surname)).toEqual(expected);
    const sought = disability.filter(({ path }) => path.endsWith("/search"));
    expect(casesIn(sought.map(({ answered }) => answered))).toEqual(expected.map((n) => value(nid(n))));
    expect(keysOf(sought.map(({ sent }) => sent))).toEqual(expected.map((n) => value(nid(n))));
    for (const { answered } of disability.filter(({ path }) => path.endsWith("/lookup")))
      expect(answered).not.toMatch(/assessment|standing|review/);
    found.push(...nodesOf(answer).flatMap(({ person }) => person.identity?.fullName ?? []));
    levels += levelsIn(answer);
    after = pageOf(answer).pageInfo.endCursor;
  }
  expect(found).toEqual(shown.map((n) => `A ${surname(n)}`));
  expect(levels).toBe(300);
});

/** National numbers of the cases that a service sent with more than identifiers. */
function casesIn(answers: readonly string[]): string[] {
  type Case = { readonly holder: { readonly nin: string }; readonly assessment?: object };
  const cases = answers.flatMap((text) => (JSON.parse(text) as { cases: Case[] }).cases);
  return cases.flatMap(({ holder, assessment }) => (assessment ? [holder.nin] : [])).sort();
}

/** National numbers that the service was asked about, apart from those that are never issued. */
function keysOf(bodies: readonly string[]): string[] {
  const asked = bodies.flatMap((text) => (JSON.parse(text) as { nationalNumbers: string[] }).nationalNumbers);
  return [...new Set(asked)].filter((key) => key > "0000999999").sort();
}

test("a question about a field, a purpose or a recipient that nobody consented to shows nobody, and reads nobody", async () => {
  const answer = await thousand.orvanda.ask({
    persona: "clinic",
    query: `query S($d: String!) { cashTransferEnrolments(district: $d, first: 500) { nodes { since } pageInfo { hasNextPage endCursor } } }`,
    variables: { d: DISTRICT },
  });
  const { cash } = taken();
  expect(pageOf(answer)).toEqual({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
  expect(cash.rows).toEqual([]);
  expect(cash.parameters).not.toContain("7700.");
});

/** What an adapter answers to the gateway itself, apart from the proof that it is in the log. Of a sealed cursor only its length is to be seen. */
async function heardOf(
  after: string | null,
  first: number,
  status: string,
): Promise<{ text: string; end: string | null }> {
  const variables = { d: DISTRICT, n: first, after, s: status };
  const call = await captured.prepare({
    ministry: "cash",
    query:
      "query($d:String!,$n:Int!,$after:String,$s:EnrolmentStatus){cashTransferEnrolments(district:$d,first:$n,after:$after,status:$s){nodes{monthlyAmount person{ref}}pageInfo{hasNextPage endCursor}}}",
    variables,
    coordinates: [
      "Query.cashTransferEnrolments",
      "CashTransferEnrolmentPage.nodes",
      "CashTransferEnrolmentPage.pageInfo",
      "CashTransferEnrolment.monthlyAmount",
      "CashTransferEnrolment.person",
      "PageInfo.hasNextPage",
      "PageInfo.endCursor",
    ],
    agreement: "dsa-cash-clinic-2026",
    caller: {
      consumer: "org:clinic",
      client: "client:clinic-referrals",
      purpose: "referral",
    } as unknown as NonNullable<Attempt["caller"]>,
    section: { scope: { entry: "Query.cashTransferEnrolments" as Coordinate, maxRows: first } },
  });
  const { status: http, body } = await captured.send("cash", call);
  expect(http).toBe(200);
  const end = (body.data as { cashTransferEnrolments: Page }).cashTransferEnrolments.pageInfo.endCursor;
  const plain = JSON.stringify(body, (name, value: unknown) => (name === "rowsProof" ? "a proof" : value));
  return { text: end === null ? plain : plain.replace(end, `a cursor of ${end.length}`), end };
}

/** Every page, and how many statements each took. */
async function pagesOf(first: number, status: string): Promise<string[]> {
  const pages: string[] = [];
  for (let after: string | null = null; ;) {
    const { text, end } = await heardOf(after, first, status);
    pages.push(`${about(taken().cash.statements).length} statements: ${text}`);
    if (!text.includes('"hasNextPage":true')) return pages;
    after = end;
  }
}

const withheld = people.filter((n) => !shown.includes(n));
const inCash = (text: string, numbers: readonly number[]) =>
  asSuperuser(thousand.orvanda, "cashxfer", (client) => client.query(text, [numbers.map((n) => value(cashNo(n)))]));

test("a filter, an order or a cursor tells nothing of who is left out: the answers are those of a list without them", async () => {
  const some = [...shown.slice(40, 43), ...shown.slice(200, 204)];
  await inCash("update penerima_mst set sts_peserta = '2' where no_peserta = any($1)", some);
  const before = [...(await pagesOf(3, "SUSPENDED")), ...(await pagesOf(100, "ACTIVE"))];
  expect(before).toHaveLength(6);
  await inCash("update penerima_mst set sts_peserta = '2' where no_peserta = any($1)", withheld.slice(0, 350));
  expect([...(await pagesOf(3, "SUSPENDED")), ...(await pagesOf(100, "ACTIVE"))]).toEqual(before);
  await inCash("update penerima_mst set sts_rec = 'D' where no_peserta = any($1)", withheld);
  expect([...(await pagesOf(3, "SUSPENDED")), ...(await pagesOf(100, "ACTIVE"))]).toEqual(before);
});

test("nor does a list that is read by law tell who is protected or objects", async () => {
  await inCash("update penerima_mst set sts_rec = 'A', sts_peserta = '1' where no_peserta = any($1)", people);
  const { nodes, pageInfo } = pageOf(await roll(500));
  const statements = about(taken().cash.statements).length;
  await inCash("update penerima_mst set sts_rec = 'D' where no_peserta = any($1)", restricted);
  const without = pageOf(await roll(500));
  expect(statements).toBeLessThanOrEqual(3);
  expect(about(taken().cash.statements)).toHaveLength(statements);
  expect(nodes).toEqual(without.nodes);
  expect([pageInfo.hasNextPage, pageInfo.endCursor?.length]).toEqual([
    without.pageInfo.hasNextPage,
    without.pageInfo.endCursor?.length,
  ]);
});

test("ten thousand reads leave no trace in the register: no row, no line, no call but the adapters' own round", async () => {
  const { orvanda } = thousand;
  await inCash("update penerima_mst set sts_rec = 'A', sts_peserta = '1' where no_peserta = any($1)", people);
  const before = [await tracesIn(orvanda), await callsByRoute(orvanda)] as const;
  // A read is one person at one ministry: a row of the programme's list, the name or the level of somebody on it.
  let reads = 0;
  let after: string | null = null;
  while (reads < 10_000) {
    const answer = await roll(500, after);
    const nodes = nodesOf(answer);
    reads += nodes.length + nodes.filter(({ person }) => person.identity?.fullName).length + levelsIn(answer);
    expect(nodes.length).toBeGreaterThan(400);
    const { hasNextPage, endCursor } = pageOf(answer).pageInfo;
    after = hasNextPage ? endCursor : null;
  }
  expect(await tracesIn(orvanda)).toEqual(before[0]);
  const more = [...(await callsByRoute(orvanda))].filter(([route, count]) => count > (before[1].get(route) ?? 0));
  const own = new Set(["/feed", "/status/:list", "/metrics", "/health/ready"]);
  expect(more.map(([route]) => route).filter((route) => !own.has(route))).toEqual([]);
});
