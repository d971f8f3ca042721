import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Step, readChapter } from "../../../apps/sandbox/src/joining/chapter.js";
import { findMariadb } from "../../../apps/sandbox/src/mariadb.js";
import { repository } from "../../../apps/sandbox/src/repository.js";

/**
 * To a ministry that thinks of joining: these are all the commands, they work as they are written, and one afternoon is enough. What
 * `npm run join-demo` starts; the README's chapter is its script.
 */
interface Demo {
  readonly code: number | null;
  readonly said: string;
  readonly seconds: number;
}

async function runDemo(): Promise<Demo> {
  const started = performance.now();
  const child = spawn(process.execPath, ["dist/bin/join-demo.js"], {
    cwd: repository,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said, seconds: (performance.now() - started) / 1000 };
}

const steps = readChapter();
const commands = steps.filter((step): step is Step & { kind: "command" } => step.kind === "command");

/** A command as the chapter has it, with whatever stands for its variables. */
function asPrinted({ text }: { readonly text: string }): RegExp {
  const parts = text.split(/\$[A-Z][A-Z_]*/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join("(.+)")}$`);
}

/** What a command printed, up to the next. */
function saidBy(said: string, beginning: string, which = 0): string {
  const at = said.split("\n$ ").filter((part) => part.startsWith(beginning));
  return at.at(which) ?? "";
}

/** Processes that have the demonstration's folder, or its programs, in their command line or environment. */
function leftBehind(folder: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      const env = readFileSync(`/proc/${pid}/environ`, "utf8");
      return line.includes(folder) || env.includes(folder) ? [line] : [];
    } catch {
      return [];
    }
  });
}

test("the chapter is a script: every step has a heading, a command or edits, and each variable is in its table", () => {
  expect(commands.length).toBeGreaterThan(20);
  const table = readFileSync(`${repository}/apps/cli/README.md`, "utf8");
  const learnt = new Set(["HEARD_AGREEMENT", "HEARD_ADAPTER", "HEARD_SEAL", "HASH"]);
  const used = new Set(
    commands.flatMap(({ text }) => [...text.matchAll(/\$([A-Z][A-Z_]*)/g)].map(([, name]) => name!)),
  );
  const unknown = [...used].filter((name) => !learnt.has(name) && !new RegExp(`^\\| .*\`${name}\``, "m").test(table));
  expect(unknown).toEqual([]);
});

if (findMariadb()) {
  test("a ministry of health with an old MariaDB joins by exactly the chapter's commands, to a first lawful answer", async () => {
    const { code, said, seconds } = await runDemo();
    expect(said).toContain("The hospitals have joined");
    expect(code, said).toBe(0);
    expect(seconds).toBeLessThan(600);
    const given = [...said.matchAll(/^\$ (.*)$/gm)].map(([, text]) => text!);
    expect(given.length).toBe(commands.length);
    for (const [at, command] of commands.entries()) expect(given[at]).toMatch(asPrinted(command));

    // Where it is, told before the first step and after the last.
    expect(saidBy(said, "weft join status", 0)).toMatch(/NEXT {2}keys [^]*Now the ministry: keys/);
    expect(saidBy(said, "weft join status", 1)).toMatch(/NEXT {2}first question[^]*org:hospitals has joined\./);
    const last = saidBy(said, "weft join status", -1);
    expect(last).toMatch(/done {2}first question +2 answered today/);
    expect(last).not.toMatch(/NEXT|\?/);

    // The answer of two ministries to one question; and what the agreement does not hold.
    const [answer, refused] = [saidBy(said, "ask", 0), saidBy(said, "ask", 1)];
    expect(answer).toMatch(/identity › fullName +│ Amara Tessel/);
    expect(answer).toMatch(/pat › feeCat +│ (FREE|FULL|REDUCED) +│ Hospitals of the +│ \d{4}-\d\d-\d\d/);
    expect(answer).toContain("dsa-hospitals-welfare@1");
    expect(refused).toMatch(/pat › dob +│ ✗ Not agreed for this purpose\. Its provider\b/);
    expect(refused).not.toMatch(/19\d\d-\d\d-\d\d|\+999/);

    const edited = Number(/(\d+) lines edited by hand/.exec(said)?.[1]);
    expect(edited).toBeGreaterThan(0);
    expect(edited).toBeLessThan(40);
    // Nothing secret is on the screen, and nothing is left: no file, no process.
    expect(said).not.toMatch(/mysql:\/\/|"d":/);
    const folder = /\/[^ ]*weft-join-\w+/.exec(said)?.[0] ?? "";
    expect(folder).not.toBe("");
    expect(existsSync(folder)).toBe(false);
    expect(leftBehind(folder)).toEqual([]);
  }, 600_000);
} else {
  test("without a MariaDB it says what to install, and ends with 2", async () => {
    const { code, said } = await runDemo();
    expect(said).toContain("apt-get install mariadb-server");
    expect(code).toBe(2);
  });
}
