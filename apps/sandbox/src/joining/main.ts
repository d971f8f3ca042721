import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findMariadb } from "../mariadb.js";
import { readChapter } from "./chapter.js";
import { openGround } from "./ground.js";
import { openHospitals } from "./hospitals.js";
import { printer } from "./print.js";
import { walk } from "./walk.js";

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
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const folder = mkdtempSync(path.join(tmpdir(), "weft-join-"));
  const open: { stop(): Promise<void> }[] = [];
  const interrupted = untilSignal();
  const work = async (): Promise<number> => {
    const print = printer(console.log);
    print.heading(`A country of ${PEOPLE} people, and an old MariaDB`);
    const ground = await openGround({ folder, people: PEOPLE, consumer: "welfare" });
    open.push(ground);
    const hospitals = await openHospitals(folder, ground);
    open.push(hospitals);
    const joinedFrom = performance.now();
    const walked = await walk(readChapter(), ground, hospitals, print);
    open.push(walked);
    const walkedFor = Math.round((performance.now() - joinedFrom) / 1000);
    console.log(
      `\nThe hospitals have joined: ${walked.told.length} commands in ${walkedFor} s, ${walked.edited} lines edited by hand. With the country ${seconds()} s.`,
    );
    return 0;
  };
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    for (const part of open.toReversed()) await part.stop();
    if (process.argv.includes("--keep")) console.log(`Left in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

function untilSignal(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(1));
  });
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
