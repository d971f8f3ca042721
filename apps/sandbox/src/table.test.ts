import { expect, test } from "vitest";
import { renderAnswer } from "./table.js";

const weft = {
  record: { log: "log.orvanda.example/qv", index: 4711 },
  purpose: "eligibility-assessment",
  case: "c-2026-0042",
  agreements: ["dsa-civil-welfare-2026@3"],
  sources: [{ provider: "org:food", status: "unavailable" }],
  duties: [{ retention: "P30D", deleteBy: "2026-12-22", onward: "none" }],
};

test("a value stands with its source and date, a refusal with what would make it lawful", () => {
  const text = renderAnswer({
    data: {
      person: {
        identity: { fullName: "Amara Tessel", source: "Civil register", asOf: "2026-11-20" },
        disability: { assessedLevel: null, source: "Disability register", asOf: "2026-10-01" },
        farmInputs: null,
      },
    },
    errors: [
      {
        message: "Not agreed for this purpose.",
        path: ["person", "disability", "assessedLevel"],
        extensions: { code: "PURPOSE_NOT_ALLOWED", remedy: { say: "Ask with purpose referral." } },
      },
    ],
    extensions: { weft },
  });
  expect(text).toMatch(/identity › fullName\s*│ Amara Tessel\s*│ Civil register\s*│ 2026-11-20/);
  expect(text).toContain("✗ Not agreed for this purpose. Ask with");
  expect(text).toMatch(/farmInputs\s*│ not recorded/);
  expect(text).toContain("Record 4711 in log.orvanda.example/qv · purpose eligibility-assessment, case c-2026-0042");
  expect(text).toContain("Did not answer: org:food");
  expect(text).toContain("delete by 2026-12-22, onward none");
});

test("a list is one table, and an error of some rows stands in these rows", () => {
  const nodes = Array.from({ length: 20 }, (_, i) => ({
    monthlyAmount: `${i}.00`,
    person: {
      vitalStatus: { finding: i === 1 ? "DECEASED" : "NO_DEATH_RECORD" },
      payments: i < 2 ? null : { nodes: [{ state: "CONFIRMED" }] },
    },
  }));
  const text = renderAnswer({
    data: { roster: { nodes, pageInfo: { hasNextPage: true, endCursor: "x" } } },
    errors: [
      {
        message: "The source does not answer now.",
        path: ["roster", "nodes"],
        extensions: { code: "SOURCE_UNAVAILABLE", coordinate: "Person.payments", rows: [[0, 1]] },
      },
    ],
  });
  const lines = text.split("\n");
  expect(lines.find((line) => line.includes("1.00"))).toContain("DECEASED");
  expect(text.match(/✗ The source does/g)).toHaveLength(2);
  expect(text).toContain("CONFIRMED");
  expect(text).toContain("… and 4 more rows");
});

test("a refused request is a table of reasons, with the record's index from the header", () => {
  const text = renderAnswer(
    { errors: [{ message: "The operation is not valid.", extensions: { code: "OPERATION_INVALID" } }] },
    "12",
  );
  expect(text).toContain("OPERATION_INVALID");
  expect(text).toContain("Record 12");
});

test("an explanation shows decision, agreement, basis and remedy of each coordinate", () => {
  const text = renderAnswer({
    data: null,
    extensions: {
      weft: {
        explain: [
          {
            coordinate: "Identity.fullName",
            effect: "permit",
            agreement: "dsa-civil-welfare-2026@1",
            basis: "PUBLIC_TASK",
            provision: "s. 12",
          },
          {
            coordinate: "DisabilityEnrolment.assessedLevel",
            effect: "deny",
            code: "PURPOSE_NOT_ALLOWED",
            remedy: { say: "Ask with purpose referral." },
          },
        ],
      },
    },
  });
  expect(text).toMatch(/Identity\.fullName\s*│ permit\s*│ dsa-civil-welfare-2026@1/);
  expect(text).toMatch(/refuse \(PURPOSE_NOT_ALLOWED\)/);
});

test("what is no answer of Weft's is said to be none", () => {
  expect(renderAnswer([1])).toBe("The answer is not one of Weft's.");
});
