/**
 * The ministries of the bench: one process that answers any fetch of the bench's questions with canned values, as cheaply as it can.
 * It serves both gateways alike: Weft's records and proofs are taken and not looked at, and the reply says what an adapter's would.
 *
 *     POST /civil/graphql {"query", "variables", …}      answers by the shape of the query and the number of representations
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Kind, parse, type SelectionSetNode } from "graphql";
import { sandboxSealMaster } from "../../dist/apps/sandbox/src/keys.js";
import { type CanonicalPerson, deriveSealKey, type OrgId, Sealer } from "../../dist/libs/terms/src/index.js";
import { nationalId, PAYMENTS, ROWS } from "./questions.ts";

const leaves: Readonly<Record<string, unknown>> = {
  __typename: "Person",
  id: "p1.canned",
  finding: "NO_DEATH_RECORD",
  source: "A register of Orvanda",
  asOf: "2026-11-21",
  status: "ACTIVE",
  since: "2025-03-01",
  monthlyAmount: "120.00",
  programme: "Cash transfer",
  amount: "120.00",
  state: "CONFIRMED",
  dueOn: "2026-11-01",
  hasNextPage: false,
  endCursor: null,
};

/** One per row: the references that the programme of the list knows its persons by. */
const sealer = new Sealer(deriveSealKey(sandboxSealMaster.kid, sandboxSealMaster.bytes, "org:cash" as OrgId));
const refs = Array.from({ length: ROWS }, (_, n) => sealer.seal(`nid:${nationalId(n)}` as CanonicalPerson));

type Canned = (ref: string) => string;
const constant =
  (text: string): Canned =>
  () =>
    text;

/** `{…}` of a selection set as JSON, with the person's own reference wherever one is asked for. */
function objectOf({ selections }: SelectionSetNode): Canned {
  const members = selections.flatMap((selection): Canned[] => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return [membersOf(selection.selectionSet)];
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error("the bench's fetches have no fragments");
    const name = selection.alias?.value ?? selection.name.value;
    const value = selection.selectionSet ? compositeOf(selection.name.value, selection.selectionSet) : leafOf(name);
    return [(ref) => `"${name}":${value(ref)}`];
  });
  return (ref) => `{${members.map((member) => member(ref)).join(",")}}`;
}

function membersOf(selectionSet: SelectionSetNode): Canned {
  const object = objectOf(selectionSet);
  return (ref) => object(ref).slice(1, -1);
}

function compositeOf(name: string, selectionSet: SelectionSetNode): Canned {
  const object = objectOf(selectionSet);
  if (name === "cashTransferEnrolments") return constant(listPage(selectionSet));
  return name === "nodes" ? (ref) => `[${Array.from({ length: PAYMENTS }, () => object(ref)).join(",")}]` : object;
}

function listPage({ selections }: SelectionSetNode): string {
  const members = selections.map((selection) => {
    if (selection.kind !== Kind.FIELD || !selection.selectionSet) throw new Error("a page holds objects");
    const object = objectOf(selection.selectionSet);
    const rows = selection.name.value === "nodes" ? `[${refs.map(object).join(",")}]` : object("");
    return `"${selection.name.value}":${rows}`;
  });
  return `{${members.join(",")}}`;
}

function leafOf(name: string): Canned {
  if (name === "ref") return (ref) => JSON.stringify(ref);
  if (!(name in leaves)) throw new Error(`the bench has no canned ${name}`);
  return constant(JSON.stringify(leaves[name]));
}

interface Fetch {
  readonly query: string;
  readonly variables?: { readonly representations?: readonly { readonly ref: string }[] };
}

const compiled = new Map<string, (fetch: Fetch) => string>();
const extensions = `"extensions":{"weft":{"asOf":"2026-11-21","quality":"VERIFIED","withheld":0,"aliases":[],"rowsProof":null}}`;

function compile(query: string): (fetch: Fetch) => string {
  const [definition] = parse(query).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error("a fetch is one operation");
  const [first] = definition.selectionSet.selections;
  if (first?.kind === Kind.FIELD && first.name.value === "_entities" && first.selectionSet) {
    const entity = objectOf(first.selectionSet);
    return ({ variables }) => {
      const entities = (variables?.representations ?? []).map(({ ref }) => entity(ref));
      return `{"data":{"_entities":[${entities.join(",")}]},${extensions}}`;
    };
  }
  const text = `{"data":${objectOf(definition.selectionSet)(refs[0]!)},${extensions}}`;
  return () => text;
}

function answer(body: string): string {
  const fetch = JSON.parse(body) as Fetch;
  let known = compiled.get(fetch.query);
  if (!known) compiled.set(fetch.query, (known = compile(fetch.query)));
  return known(fetch);
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.from(answer(Buffer.concat(chunks).toString("utf8")));
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  });
}

/** Milliseconds. A connection that is closed while the others have their turn would cost the next request its answer. */
const IDLE = 120_000;

const server = createServer({ keepAlive: true, keepAliveTimeout: IDLE }, serve);
server.listen(0, "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once("disconnect", () => process.exit());
