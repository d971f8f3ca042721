import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const runtime = fileURLToPath(new URL("../../deploy/runtime/", import.meta.url));
const lockFile = fileURLToPath(new URL("../../.weft/set-up.lock", import.meta.url));
const door = (name: string) => JSON.stringify(pathToFileURL(path.join(runtime, name)).href);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function node(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { encoding: "utf8" }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

const script = (text: string) => ["--input-type=module", "--eval", text] as const;

test("an unknown command is refused in one line that names the known ones", async () => {
  const { code, err } = await node(path.join(runtime, "run.mjs"), "nonsense");
  expect(code).toBe(1);
  expect(err).toMatch(/^weft: There is no command "nonsense". Commands: .*\btest, lint, build\.\n$/m);
});

test.each([
  ["18.20.0", false],
  ["20.20.2", false],
  ["22.21.9", false],
  ["22.22.0", true],
  ["23.11.0", false],
  ["24.0.0", true],
  ["26.1.0", true],
])("Node.js %s is new enough: %s", async (version, expected) => {
  const { out } = await node(
    ...script(
      `const { isNewEnough } = await import(${door("pinned-node.mjs")}); console.log(isNewEnough("${version}"))`,
    ),
  );
  expect(out.trim()).toBe(String(expected));
});

test("a step that fails shows what its program said", async () => {
  const { code, err } = await node(
    ...script(`const { step } = await import(${door("step.mjs")});
      await step("trying", process.execPath, ["--eval", "console.log('said so'); process.exit(3)"]).catch((error) => {
        console.error(error.message); process.exitCode = 3; });`),
  );
  expect({ code, err }).toEqual({ code: 3, err: "trying: failed.\nsaid so\n" });
});

const holdBriefly = script(`const { withLock } = await import(${door("lock.mjs")});
  await withLock(async () => {
    console.log("in", Date.now()); await new Promise((done) => setTimeout(done, 300)); console.log("out", Date.now()); });`);

test("two commands at once set up one after the other", async () => {
  const both = await Promise.all([node(...holdBriefly), node(...holdBriefly)]);
  const [first, second] = both.map(({ out }) => out.match(/\d+/g)!.map(Number)).sort((a, b) => a[0]! - b[0]!);
  expect(second![0]).toBeGreaterThanOrEqual(first![1]!);
});

test("the lock of a process that was killed holds up nobody", async () => {
  const child = spawn(process.execPath, ["--eval", ""]);
  await once(child, "exit");
  writeFileSync(lockFile, String(child.pid));
  expect((await node(...holdBriefly)).out).toMatch(/in \d+\nout \d+/);
  rmSync(lockFile, { force: true });
});

test("a run in which nothing ran has failed, and says so in its last line", async () => {
  const { code, out } = await node(path.join(runtime, "run.mjs"), "test", "no-file-has-this-name");
  expect(code).toBe(1);
  expect(out.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
});
