import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { commandsOf, missingLine, readmes, type ShownCommand } from "./commands.js";
import { repository, run, type Terminal, type } from "./terminal.js";

// A busy machine may take its time; what it must not do is fail.
vi.setConfig({ testTimeout: 120_000 });

/** To whoever reads a README: what it tells you to type works, and prints what it shows. */
const shown = readmes().flatMap(commandsOf);
/** These two run for long, and are here already: the one below, the other around us. */
const lasting = new Set(["npm start", "npm test"]);
const dir = mkdtempSync(path.join(tmpdir(), "weft readme "));
let sandbox: Terminal;

beforeAll(async () => {
  sandbox = type("npm start", dir);
  await sandbox.untilSays("Ctrl-C stops everything");
});
afterAll(async () => {
  sandbox?.signal("SIGINT");
  await sandbox?.ended;
  rmSync(dir, { recursive: true, force: true });
});

test("the front door shows how to start, to test and to ask", () => {
  const commands = shown.filter(({ file }) => file === "README.md").map(({ command }) => command);
  expect(commands).toEqual(expect.arrayContaining([...lasting]));
  expect(commands.filter((command) => command.startsWith("npm run ask"))).not.toEqual([]);
});

const short = shown.filter(({ command }) => !lasting.has(command));
test.each(short.map((command) => [`${command.file}:${command.line}  ${command.command}`, command] as const))(
  "%s",
  async (_, command) => expectToWork(command),
);

test("what a started sandbox says to try next works too", async () => {
  const next = sandbox.stdout().slice(sandbox.stdout().indexOf("What to try next"));
  const commands = [...next.matchAll(/npm run .*$/gm)].map(([command]) => command.trim());
  expect(commands.length).toBeGreaterThan(1);
  for (const command of commands) await expectToWork({ command, output: [] });
});

async function expectToWork({ command, output }: Pick<ShownCommand, "command" | "output">): Promise<void> {
  const { code, stdout, stderr } = await run(command, dir);
  expect({ code, stderr: code === 0 ? "" : stderr }, command).toEqual({ code: 0, stderr: "" });
  expect(stdout.trim(), command).not.toBe("");
  expect(missingLine(output, stdout), command).toBeUndefined();
}

test("a script that a README names is one of package.json's", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = readmes().flatMap((file) =>
    [...readFileSync(path.join(repository, file), "utf8").matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name!),
  );
  expect(new Set(named).difference(new Set(Object.keys(scripts)))).toEqual(new Set());
});

test("a line that a README shows and the command does not print is noticed", () => {
  expect(
    missingLine(["Record … in log", "Signed by gateway"], "Record 7 in log\nSigned by  gateway:main"),
  ).toBeUndefined();
  expect(missingLine(["Signed", "Record"], "Record 7\nSigned")).toBe("Record");
});
