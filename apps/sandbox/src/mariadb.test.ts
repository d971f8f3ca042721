import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { afterAll, describe, expect, test } from "vitest";
import { findMariadb, startMariadb } from "./mariadb.js";

const root = mkdtempSync(path.join(tmpdir(), "weft mariadb "));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function ask(url: string, text: string): Promise<unknown[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(text);
    return Array.isArray(rows) ? rows.map((row) => Object.values(row as object)[0] as unknown) : [];
  } finally {
    await connection.end();
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

const dataDir = path.join(root, "data");

describe.runIf(findMariadb() !== undefined || process.env["CI"])("a MariaDB of the machine's own", () => {
  test("is made, reused by a second start, keeps what was committed, and stops", async () => {
    const server = await startMariadb({ dataDir });
    await server.createDatabase("mis`1");
    await server.createDatabase("mis`1");
    const url = server.superuserUrl("mis`1");
    await ask(url, "create table kept as select 1 as n");
    expect(statSync(path.join(dataDir, "superuser.password")).mode & 0o077).toBe(0);

    const second = await startMariadb({ dataDir });
    expect(second.pid).toBe(server.pid);
    await second.stop();
    expect(isAlive(server.pid)).toBe(true);

    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    const again = await startMariadb({ dataDir });
    expect(await ask(again.superuserUrl("mis`1"), "select n from kept")).toEqual([1]);
    await again.stop();
  });

  test("has one account, from this machine and with its password", async () => {
    const server = await startMariadb({ dataDir });
    const accounts =
      "select concat(user, '@', host) from mysql.global_priv where json_value(priv, '$.account_locked') is null";
    const open = (await ask(server.superuserUrl(), accounts)).filter((name) =>
      /^@|^root@(localhost|127|::1)/.test(String(name)),
    );
    expect(open).toEqual(["root@127.0.0.1"]);
    const url = new URL(server.superuserUrl());
    for (const password of ["", "guess"]) {
      url.password = password;
      await expect(ask(url.href, "select 1")).rejects.toThrow("Access denied");
    }
    await server.stop();
  });

  test("leaves no obstacle when it is killed, and dies with whoever started it", async () => {
    const server = await startMariadb({ dataDir });
    process.kill(server.pid, "SIGSTOP");
    const starting = startMariadb({ dataDir });
    await sleep(200);
    process.kill(server.pid, "SIGKILL");
    const next = await starting;
    expect(next.pid).not.toBe(server.pid);
    expect(await ask(next.superuserUrl("mis`1"), "select n from kept")).toEqual([1]);
    await next.stop();

    const module = pathToFileURL(path.resolve("dist/apps/sandbox/src/mariadb.js")).href;
    const script = `const { startMariadb } = await import(${JSON.stringify(module)});
      const { pid } = await startMariadb({ dataDir: ${JSON.stringify(dataDir)} });
      console.log(pid); setInterval(() => {}, 1000);`;
    const flags = ["--input-type=module", "--eval", script];
    const parent = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    for (let waited = 0; isAlive(pid); waited += 20) {
      if (waited > 10_000) throw new Error("waited in vain");
      await sleep(20);
    }
  });
});
