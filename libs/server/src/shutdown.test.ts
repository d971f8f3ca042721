import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const door = pathToFileURL(path.resolve("dist/libs/server/src/index.js")).href;

/** A process that says "up", closes in 50 ms when asked, and says "closed" before it ends. */
function start(env: Record<string, string>, body = ""): ChildProcess {
  const script = `
    const { stopOnSignal, createLogger } = await import(${JSON.stringify(door)});
    const close = () => new Promise((done) => setTimeout(() => { console.log("closed"); done(); }, 50));
    stopOnSignal(close, createLogger({ name: "child", level: "info" }));
    setInterval(() => {}, 1000);
    console.log("up");
    ${body}`;
  return spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function run(env: Record<string, string>, end: (child: ChildProcess) => void, body?: string) {
  const child = start(env, body);
  let said = "";
  child.stdout!.on("data", (text: Buffer) => {
    if (said === "") end(child);
    said += text.toString();
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

test.each(["SIGTERM", "SIGINT"] as const)("%s ends the process in order", async (signal) => {
  const { code, said } = await run({}, (child) => child.kill(signal));
  expect({ code, closed: said.includes("closed") }).toEqual({ code: 0, closed: true });
});

test("a child ends in order when its parent's pipe does", async () => {
  const { code, said } = await run({ WEFT_PARENT_PIPE: "stdin" }, (child) => child.stdin!.end());
  expect({ code, closed: said.includes("closed") }).toEqual({ code: 0, closed: true });
});

test("an error that nobody caught ends the process, and is logged without its words", async () => {
  const { code, said } = await run({}, () => {}, `throw new Error("nid 1234567890");`);
  expect({ code, closed: said.includes("closed") }).toEqual({ code: 1, closed: true });
  expect(said).toContain("uncaughtException");
  expect(said).not.toContain("1234567890");
});
