import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  type CanonicalPerson,
  coordinate,
  parseAgreementId,
  parseOrgId,
  parseStrictYaml,
  type Scheme,
} from "#libs/terms";
import { compileRead } from "../compile.js";
import { adapterConfigSchema } from "../config.js";
import { openMinistry } from "../ministry.js";
import type { Ministry, ReadRequest } from "../port.js";
import { subgraphSchema } from "../schema.js";

const contracts = new URL("../../../../../contracts/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, contracts), "utf8");
const scheme = (name: string, pattern: RegExp, from: string, to: string): readonly [string, Scheme] => [
  name,
  { name, pattern, normalise: ["trim"], decoys: { from, to } },
];
const schemes = new Map([
  scheme("nid", /^\d{10}$/, "0000000000", "0000999999"),
  scheme("disability-no", /^D\d{7}$/, "D9990000", "D9999999"),
  scheme("pay-no", /^B\d{8}$/, "B99900000", "B99999999"),
  scheme("cash-no", /^C\d{8}$/, "C99900000", "C99999999"),
]);
const nid = (n: number) => `nid:${String(1_000_000_000 + n)}` as CanonicalPerson;

/** What the MIS was asked, and what it answers. */
interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: { readonly [member: string]: unknown };
  readonly headers: IncomingMessage["headers"];
}
type Answer = {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  readonly delay?: number;
};

const asked: Asked[] = [];
let answer: (asked: Asked) => Answer;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(
    (request, response) =>
      void respond(request).then(async ({ status = 200, json, text, headers, delay }) => {
        if (delay !== undefined) await new Promise((resolve) => setTimeout(resolve, delay));
        response
          .writeHead(status, { "content-type": "application/json", ...headers })
          .end(text ?? JSON.stringify(json));
      }),
  );
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
beforeEach(() => asked.splice(0));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function respond(request: IncomingMessage): Promise<Answer> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { pathname, searchParams } = new URL(request.url ?? "/", url);
  const one = {
    path: pathname,
    query: searchParams,
    body: (text === "" ? {} : JSON.parse(text)) as Asked["body"],
    headers: request.headers,
  };
  asked.push(one);
  return answer(one);
}

const schemaOf = (ministry: string) =>
  subgraphSchema(`${read("prelude.graphql")}\n${read(`subgraphs/${ministry}/schema.graphql`)}`);
const configOf = (ministry: string) =>
  adapterConfigSchema.parse(parseStrictYaml(read(`subgraphs/${ministry}/adapter.yaml`)));

function open(ministry: string, config = configOf(ministry)): Promise<Ministry> {
  const env = {
    DISABILITY_API_URL: url,
    DISABILITY_API_KEY: "api-key",
    PAY_API_URL: url,
    PAY_API_TOKEN: "bearer-token",
  };
  return openMinistry({
    config,
    schema: schemaOf(ministry),
    schemes,
    env,
    sealKey: { kid: "p1", party: parseOrgId("org:pay"), bytes: Buffer.alloc(64, 7) },
  });
}

async function ask(
  at: Ministry,
  ministry: string,
  selection: string,
  persons: readonly CanonicalPerson[],
  more: Partial<ReadRequest> = {},
  variables = "",
) {
  const text = `query($representations: [_Any!]!${variables}) { _entities(representations: $representations) { ... on Person { ${selection} } } }`;
  const result = await at.read(compileRead(text, schemaOf(ministry), configOf(ministry)), {
    persons,
    variables: {},
    withhold: (rows) => rows.map(() => new Set()),
    consenting: null,
    refOf: (person) => person,
    binding: { consumer: parseOrgId("org:welfare"), agreement: parseAgreementId("dsa-1") },
    now: new Date("2026-11-21T12:00:00Z"),
    signal: AbortSignal.timeout(5000),
    ...more,
  });
  return { ...result, entities: (JSON.parse(JSON.stringify(result.data)) as { _entities: unknown[] })._entities };
}

const cases = [1, 2, 3].map((n) => ({
  caseNo: `D000000${n}`,
  holder: { nin: String(1_000_000_000 + n) },
  standing: { code: "OPEN", from: "05/03/2024" },
  assessment: { level: `L${n + 1}` },
  review: { changedOn: "17/09/2026", evidence: n === 1 ? "self" : "doctor" },
}));

/** Two rows a page; looked up by either number; members that were not asked for are not sent. */
function disability({ path, body }: Asked): Answer {
  const nationals = body["nationalNumbers"] as string[];
  const numbers = body["caseNumbers"] as string[];
  const found = cases.filter((each) => nationals.includes(each.holder.nin) || numbers.includes(each.caseNo));
  const from = Number(body["page"] ?? 0);
  const members = path.endsWith("lookup") ? ["caseNo", "holder"] : (body["fields"] as string[]);
  const rows = found
    .slice(from, from + 2)
    .map((each) => Object.fromEntries(Object.entries(each).filter(([name]) => members.includes(name))));
  return { json: { cases: rows, paging: found.length > from + 2 ? { next: from + 2 } : {} } };
}

test("N persons are one look-up and one search, with keys of every person and no column that is not needed", async () => {
  answer = disability;
  const ministry = await open("disability");
  const { entities, aliases } = await ask(
    ministry,
    "disability",
    "disability { status since assessedLevel meetsStatutoryLevel asOf quality }",
    [nid(1), "disability-no:D0000002" as CanonicalPerson, nid(9)],
  );
  expect(entities).toEqual([
    {
      disability: {
        status: "ACTIVE",
        since: "2024-03-05",
        assessedLevel: "moderate",
        meetsStatutoryLevel: "NO",
        asOf: "2026-09-17",
        quality: "DECLARED",
      },
    },
    {
      disability: {
        status: "ACTIVE",
        since: "2024-03-05",
        assessedLevel: "severe",
        meetsStatutoryLevel: "YES",
        asOf: "2026-09-17",
        quality: "VERIFIED",
      },
    },
    { disability: null },
  ]);
  expect(aliases).toEqual(["disability-no:D0000001", nid(2)]);
  expect(asked.map((each) => each.path)).toEqual(["/v2/cases/lookup", "/v2/cases/search"]);
  expect(asked.map((each) => (each.body["nationalNumbers"] as string[]).length)).toEqual([3, 3]);
  expect(asked[0]?.headers["x-api-key"]).toBe("api-key");
  asked.splice(0);
  await ask(ministry, "disability", "disability { meetsStatutoryLevel }", [nid(1)]);
  expect(asked[1]?.body["fields"]).toEqual(["holder", "caseNo", "assessment", "review"]);
});

test("answers of several pages are one answer", async () => {
  answer = disability;
  const ministry = await open("disability");
  const { entities } = await ask(ministry, "disability", "disability { assessedLevel }", [nid(1), nid(2), nid(3)]);
  expect(entities).toEqual(
    ["moderate", "severe", "profound"].map((assessedLevel) => ({ disability: { assessedLevel } })),
  );
  expect(asked).toHaveLength(4);
});

test("withheld persons' keys are decoys in the second request; a withheld field is not asked for", async () => {
  answer = disability;
  const ministry = await open("disability");
  const selection = "disability { status assessedLevel }";
  const persons = [nid(1), nid(2), nid(3)];
  await ask(ministry, "disability", selection, persons, {
    withhold: (rows) => rows.map((row) => (row.person === nid(2) ? "everything" : new Set())),
  });
  const [, search] = asked.filter((each) => each.body["page"] === undefined);
  expect(JSON.stringify(search?.body)).not.toMatch(/1000000002|D0000002/);
  expect(search?.body["nationalNumbers"]).toHaveLength(3);
  asked.splice(0);
  const level = coordinate("DisabilityEnrolment", "assessedLevel");
  const { entities } = await ask(ministry, "disability", selection, persons, {
    withhold: (rows) => rows.map((row) => (row.person === nid(2) ? new Set([level]) : new Set())),
  });
  expect(entities).toEqual([
    { disability: { status: "ACTIVE", assessedLevel: "moderate" } },
    { disability: { status: "ACTIVE", assessedLevel: null } },
    { disability: { status: "ACTIVE", assessedLevel: "profound" } },
  ]);
  for (const each of asked.filter((one) => one.path.endsWith("search"))) {
    expect(each.body["nationalNumbers"]).toHaveLength(3);
    const forTwo = JSON.stringify(each.body["nationalNumbers"]).includes("1000000002");
    expect((each.body["fields"] as string[]).includes("assessment")).toBe(!forTwo);
  }
});

test("where all that is asked is a constant, it still says whether there is a record, and withholding still withholds", async () => {
  answer = disability;
  const ministry = await open("disability");
  const { entities, errors } = await ask(
    ministry,
    "disability",
    "disability { programme source }",
    [nid(1), nid(2), nid(9)],
    { withhold: (rows) => rows.map((row) => (row.person === nid(2) ? "everything" : new Set())) },
  );
  expect(entities).toEqual([
    { disability: { programme: "Disability support", source: "Disability register" } },
    { disability: null },
    { disability: null },
  ]);
  expect(errors.map(({ path, extensions }) => [path[1], extensions.code])).toEqual([
    [1, "NOT_AVAILABLE"],
    [2, "NOT_AVAILABLE"],
  ]);
});

const payees = [1, 2].map((n) => ({
  payee_no: `B0000000${n}`,
  national_id: String(1_000_000_000 + n),
  beneficiary_ref: null,
  account: { number: `AC 00-${n}` },
}));
const payments = Array.from({ length: 7 }, (_, i) => ({
  payment_id: `p${i}`,
  payee_no: "B00000001",
  programme_code: "CT-01",
  amount_minor: 125_050 + i,
  state: i === 6 ? "sent" : "settled",
  due_at: `2026-1${i < 3 ? 0 : 1}-0${i + 1}T08:00:00Z`,
  recorded_at: "2026-11-20T08:00:00Z",
}));

function pay({ path, query }: Asked): Answer {
  const numbers = (query.get("payee_nos") ?? "").split(",");
  if (path === "/payments")
    return {
      json: {
        data: payments.filter(
          (each) => numbers.includes(each.payee_no) && each.due_at >= (query.get("due_from") ?? ""),
        ),
      },
    };
  const nationals = (query.get("national_ids") ?? "").split(",");
  return {
    json: { data: payees.filter((each) => numbers.includes(each.payee_no) || nationals.includes(each.national_id)) },
  };
}

interface PaymentsOf {
  readonly payments: {
    readonly nodes: readonly { readonly amount: string; readonly state: string; readonly dueOn: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}

test("a person's payments come from a resource of their own, newest first, in pages", async () => {
  answer = pay;
  const ministry = await open("pay");
  const selection =
    "payments(from: $from, first: 3, after: $after) { nodes { amount state dueOn } pageInfo { hasNextPage endCursor } }";
  const page = async (after: string | null) =>
    (
      await ask(
        ministry,
        "pay",
        selection,
        [nid(1), nid(2)],
        { variables: { from: "2026-10-02", after } },
        ", $from: Date!, $after: String",
      )
    ).entities as PaymentsOf[];
  const [first, second] = await page(null);
  expect(first?.payments.nodes[0]).toEqual({ amount: "1250.56", state: "INSTRUCTED", dueOn: "2026-11-07" });
  expect(second?.payments).toEqual({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
  expect(asked.map((each) => each.path)).toEqual(["/payees", "/payments"]);
  expect(asked[0]?.headers.authorization).toBe("Bearer bearer-token");
  const [next] = await ask(
    ministry,
    "pay",
    selection,
    [nid(1)],
    { variables: { from: "2026-10-02", after: first?.payments.pageInfo.endCursor } },
    ", $from: Date!, $after: String",
  ).then((result) => result.entities as PaymentsOf[]);
  expect(next?.payments.nodes.map((each) => each.dueOn)).toEqual(["2026-11-04", "2026-10-03", "2026-10-02"]);
  expect(next?.payments.pageInfo.hasNextPage).toBe(false);
});

test("accounts are compared, and keys stay keys", async () => {
  answer = pay;
  const ministry = await open("pay");
  const match = async (account: string) =>
    (
      await ask(
        ministry,
        "pay",
        "accountMatch(account: $account)",
        [nid(1), nid(9)],
        { variables: { account } },
        ", $account: String!",
      )
    ).entities;
  expect(await match("ac00 1")).toEqual([{ accountMatch: "MATCH" }, { accountMatch: null }]);
  expect(await match("ac00 2")).toEqual([{ accountMatch: "MISMATCH" }, { accountMatch: null }]);
  asked.splice(0);
  const evil = "nid:1&payee_nos=B00000001#/../x" as CanonicalPerson;
  expect((await ask(ministry, "pay", 'accountMatch(account: "x")', [evil])).entities).toEqual([{ accountMatch: null }]);
  // What is no key of its scheme is not sent: somebody is asked about who was never issued.
  expect(asked[0]?.query.get("national_ids")).toMatch(/^0000\d{6}$/);
  expect(asked.map((each) => each.path)).toEqual(["/payees", "/payees"]);
});

test("a MIS that always offers another page, or is slow, is said to be so", async () => {
  answer = () => ({ json: { data: [], next_cursor: "on" } });
  const config = configOf("pay");
  const protect = { ...config.protect, statementTimeout: "PT0.2S", queue: "PT0.1S" };
  const ministry = await open("pay", { ...config, protect });
  const asking = () => ask(ministry, "pay", 'accountMatch(account: "x")', [nid(1)]);
  await expect(asking()).rejects.toMatchObject({ code: "SOURCE_INVALID", detail: "more than 10 pages" });
  answer = () => ({ json: {}, delay: 1000 });
  await expect(asking()).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  await ministry.close();
});
