import { expect, test } from "vitest";
import type { Table } from "./catalogue.js";
import type { DatabaseReader } from "./database/reader.js";
import { type Asker, survey, takesGuesses } from "./survey.js";
import { column, people, questionOf, table, visits } from "./survey.fixture.js";

/** A database of these tables, in which a person's number has so many digits. */
function readerOf(tables: readonly Table[], digits = 10): DatabaseReader & { readonly sampled: string[] } {
  const sampled: string[] = [];
  return {
    sampled,
    catalogue: () => Promise.resolve(questionOf(tables).catalogue),
    sample({ name }, columns) {
      sampled.push(name);
      const rows = Array.from({ length: 50 }, (_, n) =>
        Object.fromEntries(
          columns.map((each) => [each, each === "NationalID" ? `4${String(n).padStart(digits - 1, "0")}` : `v${n}`]),
        ),
      );
      return Promise.resolve(rows);
    },
    close: () => Promise.resolve(),
  };
}

const { schemes, taken } = questionOf([people]);
const ground = { schemes, taken };
const wishes = { identifiers: new Map<string, string>() };

function recording(answer: (choices: readonly string[], guess: string) => string) {
  const asked: string[] = [];
  const asker: Asker = {
    one(question, choices, guess) {
      asked.push(question);
      return Promise.resolve(answer(choices, guess));
    },
    some(question, _, guess) {
      asked.push(question);
      return Promise.resolve(guess);
    },
  };
  return { asked, asker };
}

test("where two tables look like the persons', somebody is asked, and the answer counts", async () => {
  const members = { ...people, name: "tblMember" };
  const { asked, asker } = recording((choices, guess) => choices.find((name) => name !== guess) ?? guess);
  const { person } = await survey(readerOf([people, members, visits]), ground, wishes, asker);
  expect(asked[0]).toBe("Which table holds one row for each person?");
  expect((await survey(readerOf([people, members, visits]), ground, wishes, takesGuesses)).person.name).not.toBe(
    person.name,
  );
});

test("only tables that may be the persons' or hang on them are sampled", async () => {
  const prices = table("tblPrice", [column("PriceID", "integer"), column("Code"), column("Amount", "decimal")]);
  const reader = readerOf([people, visits, prices]);
  await survey(reader, ground, wishes, takesGuesses);
  expect(reader.sampled).toEqual(["tblPerson", "tblVisit"]);
});

test("a system without a number of the registry is told what would help, without one of its own", async () => {
  const refused = survey(readerOf([people], 8), ground, wishes, takesGuesses);
  await expect(refused).rejects.toMatchObject({
    code: "SOURCE_INVALID",
    detail: expect.stringMatching(
      /no column with numbers of nid; there is NationalID \(99999999\): name one by --identifier/,
    ) as string,
  });
});

test("what somebody names is taken", async () => {
  const named = { person: "tblPerson", identifiers: new Map([["LastName", "nid"]]) };
  const { identifiers } = await survey(readerOf([people], 8), ground, named, takesGuesses);
  expect(identifiers.identifiers).toMatchObject([{ column: "LastName", scheme: "nid", spelling: { as: "normalise" } }]);
  const wrong = { person: "tblNobody", identifiers: new Map<string, string>() };
  await expect(survey(readerOf([people]), ground, wrong, takesGuesses)).rejects.toMatchObject({
    code: "SOURCE_INVALID",
  });
});
