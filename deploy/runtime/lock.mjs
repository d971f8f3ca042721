import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SetUpError } from "./step.mjs";

const folder = fileURLToPath(new URL("../../.weft/", import.meta.url));
const file = path.join(folder, "set-up.lock");
const BEAT = 2_000;
const DEAD_AFTER = 15_000;

/** Two commands at once set up once: the second waits, then finds nothing left to do. */
export async function withLock(work) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await take();
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code)) throw error;
    throw new SetUpError(
      `There is something to install or to build, and ${folder} is not yours to write: run this once as the owner of the clone, or take a clone of your own.`,
    );
  }
  const beat = setInterval(() => utimesSync(file, new Date(), new Date()), BEAT);
  const release = () => rmSync(file, { force: true });
  process.on("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.removeListener("exit", release);
    release();
  }
}

async function take() {
  for (let waited = 0; ; waited += 200) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (waited === 1_000) process.stderr.write("weft: another command is setting up; waiting ...\n");
    breakIfDead();
    await sleep(200);
  }
}

/** A holder that was killed neither lives nor beats. The rename makes sure that only one of those who wait breaks it. */
function breakIfDead() {
  try {
    const isQuiet = Date.now() - statSync(file).mtimeMs > DEAD_AFTER;
    if (!isQuiet && isAlive(Number(readFileSync(file, "utf8")))) return;
    const aside = `${file}.${process.pid}`;
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

function isAlive(pid) {
  // An empty file was made this instant and gets its number in the next.
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
