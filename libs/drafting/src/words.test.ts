import { expect, test } from "vitest";
import { fieldName, labelOf, meaningOf, oneLine, typeName } from "./words.js";

const none = new Set<string>();

test.each([
  ["DOB", "birth"],
  ["TGL_LAHIR", "birth"],
  ["dateNaissance", "birth"],
  ["fecha_nacimiento", "birth"],
  ["LastName", "name"],
  ["nm_lengkap", "name"],
  ["Apellidos", "name"],
  ["NO_KTP", "number"],
  ["passport", "number"],
  ["numero_identité", "number"],
  ["jenis_kelamin", "sex"],
  ["ValidityTo", "validTo"],
  ["isDeleted", "deleted"],
  ["tgl_ubah", "changed"],
  ["Religion", "belief"],
  ["agama", "belief"],
  ["suku", "origin"],
  ["diagnosis_code", "health"],
  ["cacat", "health"],
  ["penghasilan", "money"],
  ["iban", "account"],
  ["Photo", "biometric"],
  ["StoredPassword", "secret"],
  ["RowID", "technical"],
  ["health_remarks", "remark"],
  ["KETERANGAN", "remark"],
  ["x7", undefined],
] as const)("%s means %s", (name, meaning) => {
  expect(meaningOf(name)).toBe(meaning);
});

test("names of a database become names of a schema, each once", () => {
  expect(fieldName("NO_KTP", none)).toBe("noKtp");
  expect(fieldName("isOffline", none)).toBe("isOffline");
  expect(fieldName("1st name", none)).toBe("x1stName");
  expect(fieldName("اسم", none)).toBe("field");
  expect(fieldName("LastName", new Set(["lastName"]))).toBe("lastName2");
  expect(typeName("tblFamilies", none)).toBe("Family");
  expect(typeName("PASIEN_MST", none)).toBe("Pasien");
  expect(typeName("persons", none)).toBe("PersonRecord");
  expect(labelOf("OtherNames")).toBe("Other names");
});

test("text of a catalogue cannot leave its comment", () => {
  expect(oneLine("a\n}\u2028type X { y: Int }")).toBe("a } type X { y: Int }");
});
