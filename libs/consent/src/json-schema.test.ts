import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect, test } from "vitest";
import { draft, openRegister, person } from "./country.fixture.js";
import { printConsentSchemas } from "./json-schema.js";
import { memoryStorage } from "./memory-storage.fixture.js";

const published = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../contracts/schemas/${file}`, import.meta.url), "utf8")) as object;

test("the published schemas are those that records, receipts and assertions are held to", () => {
  for (const [file, text] of printConsentSchemas()) expect(published(file), file).toEqual(JSON.parse(text));
});

test("a record that the register writes fits the published schema, and one with a name in it does not", async () => {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  const fits = ajv.compile(published("consent-record.schema.json"));
  const now = new Date();
  const majority = new Date(now.getTime() + 1_000_000);
  const restriction = { kind: "objection", recipient: "any", purposes: [] } as const;
  const records = await openRegister(memoryStorage()).give([
    draft(now, {
      guardian: { person: person(2), majority },
      frequency: { uses: 12 },
      dateRange: { from: "2026-01-01" },
    }),
    draft(now, restriction),
  ]);
  for (const record of records) {
    expect(fits(record), JSON.stringify(fits.errors)).toBe(true);
    expect(fits({ ...record, name: "Amara Tessel" })).toBe(false);
    expect(fits({ ...record, pii_principal_id: "nid:1234567890" })).toBe(false);
  }
});
