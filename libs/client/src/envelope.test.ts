import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { readAnswer } from "./envelope.js";
import { printAnswerSchema } from "./json-schema.js";
import { QuestionRefused } from "./refused.js";

const published = readFileSync(new URL("../../../contracts/schemas/answer.schema.json", import.meta.url), "utf8");

const gap = {
  message: "Not agreed for this purpose.",
  path: ["person", "disability", "assessedLevel"],
  extensions: {
    code: "PURPOSE_NOT_ALLOWED",
    origin: "consumer",
    coordinate: "DisabilityEnrolment.assessedLevel",
    provider: "org:disability",
    remedy: { say: "Ask with purpose referral; the person's consent is needed.", purpose: "referral", consent: true },
  },
};
const answered = {
  data: { person: { disability: { assessedLevel: null } } },
  errors: [gap],
  extensions: {
    weft: {
      record: { log: "log.orvanda.example/qv", index: 4711, proof: "/log/proof/4711" },
      purpose: "eligibility-assessment",
      case: "c-2026-0042",
      complete: false,
      agreements: ["dsa-civil-welfare-2026@3"],
      sources: [{ provider: "org:food", status: "unavailable", code: "SOURCE_UNAVAILABLE", retryAfter: 30 }],
      duties: [{ retention: "P30D", deleteBy: "2026-12-22", onward: "none", agreements: ["dsa-civil-welfare-2026@3"] }],
    },
  },
};
const refusedBody = { errors: [gap], extensions: { weft: { record: answered.extensions.weft.record } } };

test("the published schema is the one that answers are read by", () => {
  expect(JSON.parse(published)).toEqual(JSON.parse(printAnswerSchema()));
  const validate = new Ajv2020().compile(JSON.parse(published) as object);
  expect([answered, refusedBody, { data: {} }, { errors: [] }].map((body) => validate(body))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("an answer is read whole, and a newer gateway's further members do not hinder", () => {
  const { data, errors, extensions } = answered;
  expect(readAnswer(answered)).toEqual({ data, errors, weft: extensions.weft });
  const newer = { ...answered, extensions: { weft: { ...extensions.weft, mood: "good" }, other: 1 } };
  expect(readAnswer(newer)).toEqual({ data, errors, weft: extensions.weft });
});

test("a refusal says its code, whose matter it is, the field and the way", () => {
  const read = readAnswer(refusedBody);
  if (read === undefined || "weft" in read) throw new Error("not read as a refusal");
  expect(new QuestionRefused(403, read)).toMatchObject({
    message: "Not agreed for this purpose.",
    status: 403,
    code: "PURPOSE_NOT_ALLOWED",
    origin: "consumer",
    coordinate: "DisabilityEnrolment.assessedLevel",
    remedy: { purpose: "referral", consent: true },
    record: 4711,
  });
});

test.each([undefined, null, "<html>", [], {}, { data: {} }, { errors: [] }, { errors: [{ message: "no" }] }])(
  "what is no answer of a gateway is not taken for one: %j",
  (body) => {
    expect(readAnswer(body)).toBeUndefined();
  },
);
