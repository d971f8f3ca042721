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

test("a request for a consent fits the published schema, and one with a name in it or for another does not", () => {
  const ajv = new Ajv2020({ strict: false });
  const fits = ajv.compile(published("consent-request.schema.json"));
  const key = { scheme: "NATIONAL_ID", value: "6731482913" };
  const asked = { person: key, purpose: "referral", coordinates: ["Identity.fullName"], until: "2029-01-01T00:00:00Z" };
  const guardian = { person: key, majority: "2028-01-01T00:00:00Z", evidence: `sha-256:${"A".repeat(43)}` };
  for (const more of [{}, { guardian }, { recipients: ["org:clinic"], case: "ref-2026-0117" }])
    expect(fits({ ...asked, ...more }), JSON.stringify(fits.errors)).toBe(true);
  const wrong = [
    { name: "Amara Tessel" },
    { recipients: ["org:clinic", "org:bank"] },
    { guardian: { person: key } },
    { coordinates: [] },
    { until: "tomorrow" },
  ];
  for (const more of wrong) expect(fits({ ...asked, ...more }), JSON.stringify(more)).toBe(false);
});
