import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect, test } from "vitest";
import { printAccessTokenSchema } from "./json-schema.js";
import { claims } from "./parties.fixture.js";

const published = readFileSync(new URL("../../../contracts/schemas/access-token.schema.json", import.meta.url), "utf8");

test("the published schema is the one that tokens are held to", () => {
  expect(JSON.parse(published)).toEqual(JSON.parse(printAccessTokenSchema()));
});

test("an issuer that checks with the published schema sends what is accepted", () => {
  const ajv = new Ajv2020();
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(published) as object);
  expect(validate(claims())).toBe(true);
  expect(validate({ ...claims(), scope: "everything" })).toBe(false);
  expect(validate({ ...claims(), authorization_details: [] })).toBe(false);
});
