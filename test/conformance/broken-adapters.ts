import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What went in and what came out, for a broken adapter to spoil. */
export interface Exchange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
type Ask = (body: string) => Promise<Exchange>;
/** A way to be wrong: is given the call and the good adapter, and answers in its place. */
export type Spoil = (body: string, ask: Ask) => Promise<Exchange>;

export interface BrokenAdapter {
  readonly url: string;
  close(): Promise<void>;
}

/** The good adapter with one thing wrong, as a server of its own in front of it. */
export async function openBroken(good: string, spoil: Spoil): Promise<BrokenAdapter> {
  const server = createServer((request, reply) => {
    const type = request.headers["content-type"] ?? "";
    const ask: Ask = async (body) => {
      const response = await fetch(good, { method: "POST", headers: { "content-type": type }, body });
      const kept = response.headers.get("cache-control");
      const headers = { "content-type": "application/json", ...(kept !== null && { "cache-control": kept }) };
      return { status: response.status, headers, body: await response.text() };
    };
    void text(request)
      .then((body) => spoil(body, ask))
      .then(({ status, headers, body }) => reply.writeHead(status, { ...headers }).end(body))
      .catch(() => reply.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

interface Body {
  readonly data?: Record<string, unknown>;
  readonly errors?: readonly { message: string; extensions: Record<string, unknown>; path?: unknown }[];
  readonly extensions?: { readonly weft: Record<string, unknown> };
}

/** Spoils the replies that are of the form; `answers` alone, or refusals too. */
function reply(change: (body: Body) => Body): Spoil {
  return async (call, ask) => {
    const exchange = await ask(call);
    return { ...exchange, body: JSON.stringify(change(JSON.parse(exchange.body) as Body)) };
  };
}

const answers = (change: (body: Required<Pick<Body, "data">> & Body) => Body): Spoil =>
  reply((body) => (body.data === undefined ? body : change({ ...body, data: body.data })));
const refusals = (change: (error: NonNullable<Body["errors"]>[number]) => object): Spoil =>
  reply((body) =>
    body.data !== undefined ? body : { errors: (body.errors ?? []).map((error) => ({ ...error, ...change(error) })) },
  );
const persons = (change: (all: readonly unknown[]) => readonly unknown[]): Spoil =>
  answers((body) => {
    const all = body.data["_entities"];
    return Array.isArray(all) ? { ...body, data: { _entities: change(all) } } : body;
  });
const each = (change: (record: Record<string, unknown>) => object): Spoil =>
  persons((all) =>
    all.map((one) => {
      const { trial } = one as { trial: Record<string, unknown> | null };
      return trial === null ? one : { trial: change(trial) };
    }),
  );
const weft = (change: object): Spoil =>
  answers((body) => ({ ...body, extensions: { weft: { ...body.extensions?.weft, ...change } } }));
/** Whatever the good adapter refuses with one of these codes, it answers with a value all the same. */
const answersInstead = (...codes: readonly string[]): Spoil => {
  const value = { data: { _entities: [{ trial: { status: "ACTIVE" } }] } };
  const own = { weft: { asOf: null, quality: null, withheld: 0, aliases: [], rowsProof: null } };
  return async (call, ask) => {
    const exchange = await ask(call);
    if (!codes.some((code) => exchange.body.includes(`"${code}"`))) return exchange;
    const headers = { ...exchange.headers, "cache-control": "no-store" };
    return { status: 200, headers, body: JSON.stringify({ ...value, extensions: own }) };
  };
};

/** Answers what it answered before to the same call. */
function remembering(): Spoil {
  const before = new Map<string, Exchange>();
  return async (call, ask) => {
    const known = before.get(call) ?? (await ask(call));
    before.set(call, known);
    return known;
  };
}

/** What somebody's adapter may do wrong, and the case that finds it. */
export const brokenAdapters: readonly (readonly [what: string, spoil: Spoil, foundBy: string])[] = [
  [
    "adds a field that nobody asked",
    each((it) => ({ ...it, level: "level two" })),
    "a recorded fetch about one person is answered",
  ],
  [
    "adds the person's name",
    each((it) => ({ ...it, status: "Hana Canary-Orel" })),
    "a recorded fetch about one person is answered",
  ],
  [
    "reverses the persons",
    persons((all) => all.toReversed()),
    "many persons are answered in the order in which they were asked",
  ],
  [
    "merges a person asked twice",
    persons((all) => [...new Map(all.map((it) => [JSON.stringify(it), it])).values()]),
    "a person asked twice is answered twice",
  ],
  [
    "leaves out who is not available",
    persons((all) => all.filter((it) => JSON.stringify(it) !== '{"trial":null}')),
    "among several persons each is judged alone",
  ],
  [
    "says why somebody is withheld",
    reply((body) => withReason(body)),
    "no such person, no consent, another's, over, not begun, forbidden and held twice are one answer, byte for byte",
  ],
  ["counts rows", weft({ rows: 12 }), "a recorded fetch about one person is answered"],
  [
    "tells how long it took",
    async (call, ask) => withHeader(await ask(call), "server-timing", "db;dur=3"),
    "a recorded fetch about one person is answered",
  ],
  [
    "lets its answers be kept",
    async (call, ask) => withHeader(await ask(call), "cache-control", "max-age=60"),
    "a recorded fetch about one person is answered",
  ],
  [
    "gives another number as an alias in clear",
    weft({ aliases: ["trial-no:T10001"] }),
    "a recorded fetch about one person is answered",
  ],
  [
    "gives somebody else's reference as an alias",
    weft({ aliases: [`p1.${"A".repeat(64)}`] }),
    "a recorded fetch about one person is answered",
  ],
  [
    "leaks its database's words",
    refusals(() => ({ message: 'ERROR: relation "people" does not exist (SQLSTATE 42P01)' })),
    "a field that nobody has is refused without a hint",
  ],
  [
    "leaks a stack trace",
    refusals(() => ({ message: "NullPointerException at org.trial.Adapter.read(Adapter.java:42)" })),
    "half of a JSON text is refused",
  ],
  [
    "hints at fields",
    refusals((it) => ({ extensions: { ...it.extensions, suggestions: ["status"] } })),
    "a field that nobody has is refused without a hint",
  ],
  ["ignores the proof", answersInstead("PROOF_REJECTED"), "the proof of another record proves nothing"],
  [
    "ignores who signed the record",
    answersInstead("RECORD_REJECTED"),
    "a record that a stranger signed under the gateway's name is refused",
  ],
  [
    "ignores the caller's own token",
    answersInstead("RECORD_REJECTED"),
    "where the agreement asks for it, no question without the caller's own token is answered",
  ],
  ["ignores what was recorded", answersInstead("NOT_RECORDED"), "another person than the recorded one is refused"],
  ["answers a record again", remembering(), "a record opens its fetch once"],
  [
    "ignores the agreement",
    answersInstead("FIELD_NOT_IN_AGREEMENT"),
    "a field in no agreement is refused, although it is recorded",
  ],
  ["ignores the purpose", answersInstead("PURPOSE_NOT_ALLOWED"), "a purpose that was not granted is refused"],
  [
    "ignores the agreement's limit",
    answersInstead("LIMIT_EXCEEDED"),
    "more persons of an officer's day than agreed are refused",
  ],
  ["takes any media type", answersInstead("MEDIA_TYPE_NOT_SUPPORTED"), "another media type is refused"],
  ["proves nothing of a list", weft({ rowsProof: null }), "a page of a list is answered, its persons in the log first"],
  [
    "answers a list with the rows of another cursor",
    answersInstead("VARIABLES_INVALID"),
    "the end of a page opens no other list",
  ],
  [
    "shows the code that it cannot read",
    reply((body) => JSON.parse(JSON.stringify(body).replace('"status":null', '"status":"canary-code"')) as Body),
    "what the register holds and nobody can read is marked, field by field",
  ],
  [
    "takes a withdrawn consent for one",
    reply((body) => (JSON.stringify(body).includes("NOT_AVAILABLE") ? given(body) : body)),
    "a consent for one look gives one",
  ],
  [
    "finds everybody by a wildcard",
    reply(
      (body) =>
        JSON.parse(JSON.stringify(body).replace('"nodes":[]', '"nodes":[{"status":"ACTIVE","person":null}]')) as Body,
    ),
    "500 injection texts as a list's filter find nobody",
  ],
];

function withHeader(exchange: Exchange, name: string, value: string): Exchange {
  return { ...exchange, headers: { ...exchange.headers, [name]: value } };
}

/** Another word for who is known and did not agree: the second question of the case is about such a one. */
let turn = 0;
function withReason(body: Body): Body {
  const errors = (body.errors ?? []).map((error) => ({
    ...error,
    message: (turn += 1) > 2 ? "No consent." : error.message,
  }));
  return body.data === undefined ? body : { ...body, errors };
}

function given({ data, extensions }: Body): Body {
  const value = { _entities: [{ trial: { status: "ACTIVE", level: "level eleven" } }] };
  return data === undefined ? {} : { data: value, extensions: { weft: { ...extensions?.weft, withheld: 0 } } };
}
