import { expect, test } from "vitest";
import type { Coordinate, OrgId } from "#libs/terms";
import type { Names } from "#libs/review";
import { additionInWords } from "./operation-words.js";

const at = (...names: string[]) => new Set(names as Coordinate[]);
const names = {
  organisation: (id: string) => ({ "org:welfare": "the welfare office", "org:civil": "the civil register" })[id] ?? id,
  field: (coordinate: string) => coordinate.toLowerCase(),
  isStructure: (coordinate: string) => coordinate === "Person.identity",
} as unknown as Names;
const rules = new Map([["Identity.fullName" as Coordinate, { controller: "org:civil" as OrgId }]]);
const consumer = "org:welfare" as OrgId;

test("only what is new is told as new, and what merely holds fields is not told", () => {
  const touched = at("Person.identity", "Identity.fullName", "VitalStatus.finding");
  const said = additionInWords({ touched, before: at("VitalStatus.finding"), rules, consumer }, names);
  expect(said).toBe(
    [
      "It adds to what the registered operations of the welfare office ask today:",
      "  + identity.fullname  (Identity.fullName), of the civil register",
      "and asks 1 field that they ask already.",
    ].join("\n"),
  );
});

test("an operation that adds nothing says so", () => {
  const said = additionInWords({ touched: at("Person.identity"), before: at(), rules, consumer }, names);
  expect(said).toBe("It adds nothing: the registered operations of the welfare office ask all of it today.");
});
