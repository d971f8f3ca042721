import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { repository } from "../../../apps/sandbox/src/repository.js";

/** To whoever drafts: where two tables could be the persons, you are asked, at a real terminal, and what you say is what is drafted. */
const folder = mkdtempSync(path.join(tmpdir(), "weft-asks-"));
const contracts = path.join(folder, "contracts");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ARROW_DOWN = "\u001b[B";
const WEFT = `"${process.execPath}" "${path.join(repository, "dist", "bin", "weft.js")}"`;

function makeDatabase(file: string): void {
  const database = new DatabaseSync(file);
  for (const table of ["patients", "members"]) {
    database.exec(
      `create table ${table} (id integer primary key, nin varchar(12), surname varchar(40)); create index ${table}_nin on ${table} (nin)`,
    );
    for (let n = 0; n < 60; n++) database.exec(`insert into ${table} values (${n}, '${4_000_001_000 + n}', 'S${n}')`);
  }
  database.close();
}

/** `script` of util-linux gives the command a terminal of its own. Answers once each question is on it. */
async function atTerminal(command: string, answers: readonly (readonly [question: string, keys: string])[]) {
  const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
  let [shown, answered] = ["", 0];
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString("utf8");
    const [question, keys] = answers[answered] ?? [];
    if (question === undefined || keys === undefined || !shown.includes(question)) return;
    answered++;
    child.stdin.write(keys);
  });
  const [code] = (await once(child, "close")) as [number];
  return { shown, code, answered };
}

test("a draft asks which table holds the persons, and the one that was chosen is theirs", async () => {
  const file = path.join(folder, "two.db");
  makeDatabase(file);
  cpSync(path.join(repository, "contracts"), contracts, { recursive: true });
  const draft = `${WEFT} adapter draft --from "sqlite:${file}" --name polyclinic --into "${contracts}"`;
  const question = "Which table holds one row for each person?";
  const guessed = await atTerminal(draft, [[question, "\r"]]);
  expect([guessed.code, guessed.answered]).toEqual([0, 1]);
  const adapter = () => readFileSync(path.join(contracts, "subgraphs", "polyclinic", "adapter.yaml"), "utf8");
  const [, first] = /^ +from: (\w+)$/m.exec(adapter()) ?? [];
  rmSync(path.join(contracts, "subgraphs", "polyclinic"), { recursive: true });
  const chosen = await atTerminal(draft, [[question, `${ARROW_DOWN}\r`]]);
  expect([chosen.code, chosen.answered]).toEqual([0, 1]);
  const [, second] = /^ +from: (\w+)$/m.exec(adapter()) ?? [];
  expect(new Set([first, second])).toEqual(new Set(["members", "patients"]));
});
