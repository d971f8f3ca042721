import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { startPostgres } from "./postgres.js";

const root = mkdtempSync(path.join(tmpdir(), "weft postgres "));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) throw new Error("waited in vain");
    await sleep(20);
  }
}

test("a server is made, reused by a second start, keeps what was committed, and stops", async () => {
  const dataDir = path.join(root, "first");
  const server = await startPostgres({ dataDir, settings: { log_min_messages: "warning" } });
  await server.createDatabase("civil register");
  await server.createDatabase("civil register");
  const url = server.superuserUrl("civil register");
  await ask(url, "CREATE TABLE kept AS SELECT 1 AS n");
  expect(await ask(url, "SHOW data_checksums")).toEqual(["on"]);
  expect(await ask(url, "SHOW fsync")).toEqual(["on"]);
  expect(await ask(url, "SHOW unix_socket_directories")).toEqual([""]);
  expect(statSync(path.join(dataDir, "superuser.password")).mode & 0o077).toBe(0);

  const second = await startPostgres({ dataDir });
  expect(second.pid).toBe(server.pid);
  await second.stop();
  expect(isAlive(server.pid)).toBe(true);

  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
  const again = await startPostgres({ dataDir });
  expect(await ask(again.superuserUrl("civil register"), "SELECT n FROM kept")).toEqual([1]);
  await again.stop();
});

test("a wrong password is refused", async () => {
  const server = await startPostgres({ dataDir: path.join(root, "first") });
  const url = new URL(server.superuserUrl());
  url.password = "guess";
  await expect(ask(url.href, "SELECT 1")).rejects.toThrow("password authentication failed");
  await server.stop();
});

test("a taken port gives a free one, and a killed server leaves no obstacle", async () => {
  const squatter = createServer();
  squatter.listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const { port } = squatter.address() as { port: number };
  const dataDir = path.join(root, "first");
  const server = await startPostgres({ dataDir, port });
  expect(server.port).not.toBe(port);
  // Dying: the kernel takes connections for it, and nobody answers.
  process.kill(server.pid, "SIGSTOP");
  const starting = startPostgres({ dataDir });
  await sleep(200);
  process.kill(server.pid, "SIGKILL");
  const next = await starting;
  expect(next.pid).not.toBe(server.pid);
  expect(await ask(next.superuserUrl(), "SELECT 1")).toEqual([1]);
  await next.stop();
  squatter.close();
});

test("a lock that names a stranger is not believed", async () => {
  const dataDir = path.join(root, "first");
  writeFileSync(path.join(dataDir, "postmaster.pid"), `${process.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n\nready   \n`);
  const server = await startPostgres({ dataDir });
  expect(server.pid).not.toBe(process.pid);
  await server.stop();
});

test("the server dies with the process that started it, however that died", async () => {
  const script = path.join(root, "parent.mjs");
  const module = pathToFileURL(path.resolve("dist/apps/sandbox/src/postgres.js")).href;
  writeFileSync(
    script,
    `const { startPostgres } = await import(${JSON.stringify(module)});
     const { pid } = await startPostgres({ dataDir: ${JSON.stringify(path.join(root, "first"))} });
     console.log(pid); setInterval(() => {}, 1000);`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await until(() => !isAlive(pid));
});
