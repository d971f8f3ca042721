import { type AgreementId, type Coordinate, parseOrgId, type PurposeCode } from "#libs/terms";
import { expect, test } from "vitest";
import type { Names } from "#libs/review";
import { trialInWords } from "./trial-words.js";

const names: Names = {
  organisation: (id) => id.replace("org:", "Office of "),
  purpose: (code) => code,
  field: (coordinate) => coordinate,
  isStructure: (coordinate) => coordinate.startsWith("PageInfo."),
  provision: () => undefined,
};
const [civil, bank] = [parseOrgId("org:civil"), parseOrgId("org:bank")];
const release = {
  purpose: "referral" as PurposeCode,
  basis: "CONSENT",
  agreement: "dsa-civil-bank-2026" as AgreementId,
  version: 2,
  inForce: true,
  data: { _entities: [{ identity: { fullName: "A", birthDate: null, address: null, tags: ["x", "y"] } }] },
  errors: [
    {
      message: "Not available.",
      path: ["_entities", 0, "identity", "address"],
      extensions: { code: "NOT_AVAILABLE" as const },
    },
  ],
  skipped: ["Identity.nameMatches" as Coordinate],
};

test("raw rows stand above what would be released, with a word for each null", () => {
  const text = trialInWords(
    civil,
    bank,
    { raw: [{ table: "citizen", row: { nm: "A ", dob: null } }], released: [release] },
    names,
  );
  expect(text).toMatch(/Office of civil: as it stands in the system[^]*citizen[^]*│ dob\s+│ \(null\)/);
  expect(text).toContain('What Office of bank would get for "referral" (consent, dsa-civil-bank-2026 version 2)');
  expect(text).toMatch(/identity.fullName\s+│ A /);
  expect(text).toMatch(/identity.birthDate\s+│ \(none recorded\)/);
  expect(text).toMatch(/identity.address\s+│ Not available\./);
  expect(text).toMatch(/identity.tags.1\s+│ y/);
  expect(text).toContain("not tried, they need an argument of the asker's own: Identity.nameMatches");
});

test("nothing there, no agreement, and one that is not in force are said", () => {
  expect(trialInWords(civil, bank, { raw: [], released: [] }, names)).toContain(
    "  nothing under this key\nOffice of bank has no agreement with this ministry and gets nothing.",
  );
  const over = { ...release, inForce: false, data: null };
  expect(trialInWords(civil, bank, { raw: [], released: [over] }, names)).toContain(
    "version 2): nothing; the agreement is not in force.",
  );
});
