import { randomInt } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * Ports for processes that will listen only seconds later. Looking whether a port is free is not enough: another sandbox may look
 * in the same second. So a port is marked as taken by this process, in a file that each sandbox of this user asks first.
 */
const marks = path.join(tmpdir(), `weft-ports-${process.getuid?.() ?? 0}`);
/** Below the range that the kernel draws from for outgoing connections. */
const [LOWEST, HIGHEST] = [20_000, 32_000];
const TRIES = 100;

/** The wanted port where it is free, else any that is. Kept for this process until it ends or `releasePorts` is called. */
export async function reservePort(wanted = 0): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = i === 0 && wanted > 0 ? wanted : randomInt(LOWEST, HIGHEST);
    if (!mark(port)) continue;
    if (await isFree(port)) return port;
    release(port);
  }
  throw new Error("No free port was found.");
}

const reserved = new Set<number>();

export function releasePorts(): void {
  for (const port of reserved) release(port);
}
process.once("exit", releasePorts);

function mark(port: number): boolean {
  mkdirSync(marks, { recursive: true, mode: 0o700 });
  const file = path.join(marks, String(port));
  if (holderOf(file) !== undefined) return false;
  rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
  } catch {
    return false;
  }
  reserved.add(port);
  return true;
}

function release(port: number): void {
  reserved.delete(port);
  rmSync(path.join(marks, String(port)), { force: true });
}

/** The living process that has marked the port. */
function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
