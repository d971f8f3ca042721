import type { Coordinate, Digest, OrgId, PurposeCode } from "#libs/terms";
import { expect, test } from "vitest";
import { decide } from "./decide.js";
import type { CoordinateRule } from "./rule.js";
import { compilePolicy } from "./policy.js";

const at = "Pat.dob" as Coordinate;
const field: CoordinateRule = {
  coordinate: at,
  controller: "org:hospitals" as OrgId,
  kind: "value",
  class: "P2",
  category: "identity",
  releases: [],
  named: "Date",
  arguments: [],
};

function remedyOf(releases: CoordinateRule["releases"]) {
  const question = {
    consumer: "org:welfare" as OrgId,
    purpose: "enrolment" as PurposeCode,
    caseId: "c-1" as never,
    operation: "sha-256:any" as Digest,
    coordinates: new Set([at]),
    arguments: [],
    persons: 1,
    entries: [],
  };
  const { verdicts } = decide(question, compilePolicy([{ ...field, releases }], []), new Date("2026-11-21T00:00:00Z"));
  const verdict = verdicts.get(at);
  return verdict?.effect === "deny" ? verdict.remedy : undefined;
}

test("of a field that its provider opens for nothing, as a draft leaves it, that is what is said", () => {
  expect(remedyOf([{ purposes: [], bases: [], mode: "VALUE" }])).toEqual({
    say: "Its provider opens it for no purpose.",
  });
});

test("of one that is opened for something, what an agreement would have to name", () => {
  const closed = { purposes: [], bases: [], mode: "VALUE" } as const;
  const opened = { purposes: ["referral" as PurposeCode], bases: ["CONSENT"], mode: "VALUE" } as const;
  expect(remedyOf([closed, opened])).toEqual({
    say: "The agreement would have to name it, for purpose referral, on the basis of consent.",
  });
});
