import {
  buildSchema,
  type GraphQLArgument,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import { expect } from "vitest";
import type { Got } from "./caller.js";

/** What tells of libraries, files, addresses or failures. */
export const insides =
  /node_modules|\bat \S+:\d+|\.[jt]s\b|graphql-js|fastify|nest|apollo|undici|zod|jose|opossum|Error:|SyntaxError|TypeError|RangeError|ENOENT|ECONN|127\.0\.0\.1|stack/i;
interface Refusal {
  readonly status: number;
  readonly code: string;
  /** The body, whose words may come back. */
  readonly sent: string;
  /** All that the schema names. */
  readonly words: ReadonlySet<string>;
}

/** Words of the schema that are also words of our sentences. */
const plain = new Set(["person", "source", "query", "state", "first", "to", "from", "value", "key", "keys"]);

/** What every refusal is: short, with one code, without a word of the schema that was not sent, without anything of our insides. */
export function expectShort(got: Got, { status, code, sent, words }: Refusal): void {
  const body = JSON.parse(got.text) as { errors: { message: string; extensions: { code: string } }[] };
  expect({ status: got.status, code: body.errors[0]?.extensions.code }).toEqual({ status, code });
  expect(body.errors).toHaveLength(1);
  expect(Object.keys(body).filter((member) => member !== "errors" && member !== "extensions")).toEqual([]);
  expect(got.text.length).toBeLessThan(500);
  expect(got.text).not.toMatch(insides);
  expect(Object.keys(got.headers)).not.toContain("x-powered-by");
  expect(got.headers.server).toBeUndefined();
  const known = new Set(sent.match(/\w+/g));
  const said = body.errors[0]!.message.match(/\w+/g) ?? [];
  expect(said.filter((word) => words.has(word) && !known.has(word) && !plain.has(word))).toEqual([]);
}

export function schemaWords(sdl: string): ReadonlySet<string> {
  const types = Object.values(buildSchema(sdl).getTypeMap()).filter(({ name }) => !name.startsWith("__"));
  return new Set(
    types.flatMap((type) => {
      if (isEnumType(type)) return [type.name, ...type.getValues().map(({ name }) => name)];
      if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [type.name];
      const fields = Object.values(type.getFields());
      return [
        type.name,
        ...fields.flatMap((field) => [
          field.name,
          ...("args" in field ? field.args.map((argument: GraphQLArgument) => argument.name) : []),
        ]),
      ];
    }),
  );
}
