import { expect, test } from "vitest";
import type { Expected } from "./cases.js";
import { judge } from "./judge.js";
import type { Reply } from "./reply.js";

const answer = {
  data: { _entities: [{ trial: { status: "ACTIVE" } }] },
  extensions: { weft: { asOf: null, quality: null, withheld: 0, aliases: [], rowsProof: null } },
};
const refusal = {
  errors: [{ message: "The access record is not accepted.", extensions: { code: "RECORD_REJECTED" } }],
};
const reply = (body: unknown, changes: Partial<Reply> = {}): Reply => ({
  status: 200,
  headers: new Headers({ "cache-control": "no-store" }),
  text: JSON.stringify(body),
  body,
  ...changes,
});
const answered: Expected = { data: answer.data, errors: [], withheld: 0 };
const refused: Expected = { refused: ["RECORD_REJECTED"] };

test("what is asked for is right", () => {
  expect(judge(reply(answer), answered, ["canary-1"])).toEqual([]);
  expect(judge(reply(refusal, { status: 403 }), refused, ["canary-1"])).toEqual([]);
  expect(judge(reply(answer), { ...answered, data: { _entities: [{ trial: { status: "*" } }] } }, [])).toEqual([]);
});

const more = (change: object) => reply({ ...answer, ...change });
const weft = (change: object) => more({ extensions: { weft: { ...answer.extensions.weft, ...change } } });
const wrong: readonly (readonly [string, Reply, Expected?])[] = [
  ["another value", more({ data: { _entities: [{ trial: { status: "EXITED" } }] } })],
  ["a field more", more({ data: { _entities: [{ trial: { status: "ACTIVE", level: "two" } }] } })],
  ["a field less", more({ data: { _entities: [{ trial: {} }] } })],
  ["a person more", more({ data: { _entities: [...answer.data._entities, null] } })],
  [
    "an error that was not expected",
    more({ errors: [{ message: "m", path: ["a"], extensions: { code: "INTERNAL" } }] }),
  ],
  ["a member more", more({ timing: 3 })],
  ["a count of rows", weft({ rows: 1 })],
  ["somebody withheld", weft({ withheld: 1 })],
  ["a value that nobody may be told", weft({ quality: "canary-1" })],
  ["a stack trace", weft({ quality: "at read (/app/x.js:1:2)" })],
  ["words of a database", weft({ quality: "SQLSTATE 42P01" })],
  ["a place in a file system", weft({ quality: "/var/lib/x" })],
  [
    "a header that tells the time",
    reply(answer, { headers: new Headers({ "cache-control": "no-store", "server-timing": "db" }) }),
  ],
  ["an answer that may be kept", reply(answer, { headers: new Headers() })],
  ["no JSON", reply(undefined, { text: "<html>" })],
  ["an answer for a refusal", reply(answer), refused],
  ["a refusal for an answer", reply(refusal, { status: 403 })],
  ["another code", reply({ errors: [{ message: "m", extensions: { code: "REPLAYED" } }] }, { status: 403 }), refused],
  ["another status", reply(refusal, { status: 500 }), refused],
  ["a refusal with data", reply({ ...refusal, data: null }, { status: 403 }), refused],
  ["a refusal that hints", reply({ errors: [{ ...refusal.errors[0], hint: "x" }] }, { status: 403 }), refused],
  ["two refusals", reply({ errors: [...refusal.errors, ...refusal.errors] }, { status: 403 }), refused],
];

test.each(wrong.map(([what, one, expected = answered]) => ({ what, one, expected })))(
  "wrong: $what",
  ({ one, expected }) => {
    expect(judge(one, expected, ["canary-1"])).not.toEqual([]);
  },
);
