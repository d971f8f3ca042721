import fc from "fast-check";
import { parse as parseSdl } from "graphql";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { Column } from "./catalogue.js";
import { type Files, firstDraft } from "./draft.js";
import { mergeDraft } from "./merge.js";
import { SEEN_FILE } from "./seen.js";
import { about, column, people, questionOf, table, visits } from "./survey.fixture.js";

const first = firstDraft(questionOf([people, visits]), about).files;
const with_ = (more: readonly Column[]) => ({ ...people, columns: [...people.columns, ...more] });

test("a second draft on the same database changes no byte", () => {
  const again = mergeDraft(first, questionOf([people, visits]), about);
  expect(Object.fromEntries(again.files)).toEqual(Object.fromEntries(first));
  expect([...again.added, ...again.gone]).toEqual([]);
});

test("a new column is closed though its type was opened, and marked; one that is gone is told", () => {
  const opened = first
    .get("schema.graphql")!
    .replaceAll("purposes: [], bases: []", 'purposes: ["enrolment"], bases: [PUBLIC_TASK]');
  const merged = mergeDraft(
    new Map([...first, ["schema.graphql", opened]]),
    questionOf([with_([column("Income", "decimal")]), { ...visits, columns: visits.columns.slice(0, 3) }]),
    about,
  );
  expect(merged.added).toEqual(["tblPerson.Income as PersonRecord.income"]);
  expect(merged.gone).toEqual(["tblVisit.Ward, which adapter.yaml maps"]);
  expect(merged.files.get("schema.graphql")).toMatch(
    /# new: since the last draft\n {2}"Income, as the register holds it."\n {2}income: Decimal @personal\(class: P3, category: "socio-economic"\) @release\(purposes: \[\], bases: \[\]\)/,
  );
});

test("what somebody took out does not come back", () => {
  const without = new Map(
    [...first].map(
      ([name, text]) =>
        [
          name,
          name === SEEN_FILE
            ? text
            : text
                .split("\n")
                .filter((line) => !/lastName|LastName|Last name/.test(line))
                .join("\n"),
        ] as const,
    ),
  );
  expect(mergeDraft(without, questionOf([people, visits]), about).files).toEqual(without);
});

/** Edits as people make them: remarks, other words, other order of blank lines. Each leaves the files readable. */
const edits = fc.array(
  fc.record({
    file: fc.constantFrom("schema.graphql", "adapter.yaml", "labels.fr.yaml"),
    at: fc.nat(200),
    what: fc.constantFrom("# ours", "", "label"),
  }),
  { maxLength: 8 },
);
const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_ "'#:.é-]{1,14}$/), {
  maxLength: 4,
  selector: (name) => name.toLowerCase(),
});

test("draft, edit, draft: every line that people left stands where it stood, whatever the new columns are called", () => {
  fc.assert(
    fc.property(edits, names, (changes, more) => {
      const edited = changes.reduce(edit, first);
      const tables = [
        with_(more.map((name) => column(`x${name}`))),
        visits,
        table(`New${more[0] ?? ""}`, [column("ID", "integer"), column("Owner", "integer"), column("Ward")], {
          foreignKeys: [{ columns: ["Owner"], table: "tblPerson", references: ["PersonID"] }],
        }),
      ];
      const merged = mergeDraft(edited, questionOf(tables), about).files;
      for (const [name, text] of edited) if (name !== SEEN_FILE) expectWithin(text, merged.get(name) ?? "");
      expect(() => parseSdl(merged.get("schema.graphql") ?? "")).not.toThrow();
      expect(parse(merged.get("adapter.yaml") ?? "")).toMatchObject({ types: { Visit: { from: "tblVisit" } } });
      expect(mergeDraft(merged, questionOf(tables), about).files).toEqual(merged);
    }),
    { numRuns: 25 },
  );
});

function edit(files: Files, { file, at, what }: { file: string; at: number; what: string }): Files {
  const lines = files.get(file)!.split("\n");
  const line = at % lines.length;
  if (what === "label") lines[line] = (lines[line] ?? "").replace(/: "[^"]*"$/, ': "Autre"');
  else lines.splice(line, 0, what === "" ? "" : `${/^ */.exec(lines[line] ?? "")?.[0] ?? ""}${what}`);
  return new Map([...files, [file, lines.join("\n")]]);
}

function expectWithin(before: string, after: string): void {
  const lines = after.split("\n");
  let at = 0;
  for (const line of before.trimEnd().split("\n")) {
    at = lines.indexOf(line, at) + 1;
    expect(at, `${line} of\n${after}`).toBeGreaterThan(0);
  }
}
