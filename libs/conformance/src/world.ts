import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { json } from "node:stream/consumers";
import { fromB64u, WeftError } from "#libs/terms";
import { z } from "zod";
import { readKeys, type TrialKeys } from "./keys.js";
import { openPlayedLog, type PlayedLog } from "./played-log.js";
import { openPlayedRegister, type PlayedRegister } from "./played-register.js";
import { WORLD_FILE } from "./prepare.js";

/** All around the adapter under test, on one port of this machine: the gateway's keys, the log with its witness, the consent register. */
export interface World {
  readonly dir: string;
  readonly keys: TrialKeys;
  /** From which each party's seal key is derived. */
  readonly master: Uint8Array;
  readonly log: PlayedLog;
  readonly register: PlayedRegister;
  close(): Promise<void>;
}

const WorldFile = z.strictObject({
  url: z.url(),
  master: z.string(),
  keys: z.record(z.string(), z.record(z.string(), z.string())),
});

/** Takes what `prepare` wrote. Throws CONFIG_INVALID where the folder holds none, or the port is taken. */
export async function openWorld(dir: string): Promise<World> {
  const { url, master, keys: jwks } = readWorldFile(dir);
  const keys = readKeys(jwks);
  const log = await openPlayedLog(keys, path.join(dir, "log.jsonl"));
  const register = openPlayedRegister(keys, `${url}/consent`, path.join(dir, "register.jsonl"));
  const server = createServer((request, reply) => {
    void answer(request, reply, log, register).catch(() => reply.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(Number(new URL(url).port), "127.0.0.1", resolve);
  }).catch((cause: unknown) => {
    throw new WeftError("CONFIG_INVALID", { message: `Nothing can listen on ${url}.`, cause });
  });
  return {
    dir,
    keys,
    master: fromB64u(master) ?? new Uint8Array(),
    log,
    register,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readWorldFile(dir: string): z.output<typeof WorldFile> {
  try {
    return WorldFile.parse(JSON.parse(readFileSync(path.join(dir, WORLD_FILE), "utf8")));
  } catch (cause) {
    throw new WeftError("CONFIG_INVALID", {
      message: `${dir} is not prepared: weft adapter test --prepare ${dir}`,
      cause,
    });
  }
}

async function answer(
  request: IncomingMessage,
  reply: ServerResponse,
  log: PlayedLog,
  register: PlayedRegister,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://world");
  if (pathname.startsWith("/consent/") && register.answers) {
    const { authorization } = request.headers;
    const { status, text, type } = await register.get(pathname.slice("/consent".length), searchParams, authorization);
    reply.writeHead(status, { "content-type": type }).end(text);
  } else if (pathname === "/log/append" && log.answers) {
    const { status, body } = await log.append(await json(request));
    reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  } else if (pathname.startsWith("/log/") && log.answers) {
    const found = await log.get(pathname.slice("/log".length));
    if (found === undefined) reply.writeHead(404).end();
    else reply.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(found);
  } else {
    reply.destroy();
  }
}
