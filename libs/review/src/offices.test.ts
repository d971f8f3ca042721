import { expect, test } from "vitest";
import { type Hit, MAX_QUESTIONS } from "#libs/access-log";
import { MAX_OFFICE_QUESTIONS, officeQuestions } from "./offices.js";

/** To whoever has no number: where people are left without an answer is asked of those who know, and only about them. */
interface Access {
  readonly house?: string;
  readonly number?: string;
  readonly withheld?: Readonly<Record<string, number>>;
}

function access({ house = "org:welfare", number = "c-1", withheld = {} }: Access): Hit {
  const sources = Object.entries(withheld).map(([provider, count]) => ({ provider, persons: 1, withheld: count }));
  return { caller: { consumer: house, case: number }, outcome: { status: "partial", sources } } as unknown as Hit;
}

const houses = new Set(["org:welfare", "org:clinic"]);

test("of each ministry and house the cases in which nothing was said of somebody, each once", () => {
  const hits = [
    access({ number: "c-1", withheld: { "org:civil": 1, "org:cash": 0 } }),
    access({ number: "c-2", withheld: { "org:civil": 2, "org:cash": 1 } }),
    access({ number: "c-1", withheld: { "org:civil": 1 } }),
    access({ number: "c-9", withheld: {} }),
    access({ house: "org:clinic", number: "k-1", withheld: { "org:civil": 1 } }),
    access({ house: "org:bank", number: "b-1", withheld: { "org:civil": 1 } }),
    { caller: undefined } as unknown as Hit,
  ];
  expect(officeQuestions(hits, houses)).toEqual([
    { provider: "org:cash", house: "org:welfare", cases: ["c-2"] },
    { provider: "org:civil", house: "org:clinic", cases: ["k-1"] },
    { provider: "org:civil", house: "org:welfare", cases: ["c-1", "c-2"] },
  ]);
});

test("no more at one time than a house is asked, and no more houses than a day needs", () => {
  const many = Array.from({ length: 100 }, (_, n) => access({ number: `c-${n}`, withheld: { "org:civil": 1 } }));
  expect(officeQuestions(many, houses)[0]!.cases).toEqual(many.slice(0, MAX_QUESTIONS).map((_, n) => `c-${n}`));
  const providers = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`org:p${n}`, 1]));
  expect(officeQuestions([access({ withheld: providers })], houses)).toHaveLength(MAX_OFFICE_QUESTIONS);
});
