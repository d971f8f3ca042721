import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findMariadb } from "../mariadb.js";
import { readChapter } from "./chapter.js";
import { openGround } from "./ground.js";
import { openHospitals } from "./hospitals.js";
import { printer } from "./print.js";
import { walk, type Walked } from "./walk.js";

/**
 * `npm run join-demo`: the hospitals of a ministry of health, with an old MariaDB, join a country that runs, by the commands of the chapter
 * in the command line's README. Ends by itself; leaves nothing running and nothing behind.
 *
 *     --keep   leave the folder, to look at what was written
 */
const PEOPLE = 400;
/** What the machine lacks. */
const NOT_HERE = 2;

async function main(): Promise<number> {
  if (!findMariadb()) {
    console.error("The hospitals run a MariaDB, and this machine has none: apt-get install mariadb-server");
    return NOT_HERE;
  }
  const started = performance.now();
  const folder = mkdtempSync(path.join(tmpdir(), "weft-join-"));
  const open: { stop(): Promise<void> }[] = [];
  const signal = untilSignal();
  try {
    const walked = await join(folder, open, signal);
    const [commands, seconds] = [walked.told.length, Math.round((performance.now() - started) / 1000)];
    console.log(
      `\nThe hospitals have joined: ${commands} commands, ${walked.edited} lines edited by hand, ${seconds} s with the country's start.`,
    );
    return 0;
  } catch (error) {
    // A command that was ended says so; why it was is what counts.
    throw signal.aborted ? signal.reason : error;
  } finally {
    for (const part of open.toReversed()) await part.stop();
    if (process.argv.includes("--keep")) console.log(`Left in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

/** What runs is in `open` as soon as it does, for whoever ends it. */
async function join(folder: string, open: { stop(): Promise<void> }[], signal: AbortSignal): Promise<Walked> {
  const print = printer(console.log);
  print.heading(`A country of ${PEOPLE} people, and an old MariaDB`);
  const ground = await openGround({ folder, people: PEOPLE, consumer: "welfare" });
  open.push(ground);
  signal.throwIfAborted();
  const hospitals = await openHospitals(folder, ground);
  open.push(hospitals);
  const walked = await walk(readChapter(), ground, { ...hospitals, signal }, print);
  open.push(walked);
  return walked;
}

function untilSignal(): AbortSignal {
  const interrupt = new AbortController();
  const abort = () => interrupt.abort(new Error("Interrupted. What was started is stopped."));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, abort);
  // Nobody reads any more, as after `| head`.
  process.stdout.on("error", abort);
  return interrupt.signal;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
