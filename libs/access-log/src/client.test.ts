import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { random16 } from "#libs/terms";
import { LogClient, type LogClientOptions } from "./client.js";
import { memoryHighWater } from "./high-water.js";
import { noteSigner, noteVerifier } from "./note.js";
import { pinLogs } from "./proof.js";
import { entryOf } from "./record.js";
import { openSequencer } from "./sequencer.js";
import { type Candidate, memoryStorage } from "./storage.js";
import { leafHash } from "./tree.js";

// What the client makes of a log that is slow, broken or hostile: it is on the way of every read.

const origin = "log.orvanda.example/qv";
const { privateKey } = generateKeyPairSync("ed25519");
const { vkey } = noteVerifier(origin, privateKey);
const open: { server: Server; client: LogClient }[] = [];

afterEach(async () => {
  for (const { server, client } of open.splice(0)) {
    server.closeAllConnections();
    server.close();
    await client.close();
  }
});

type Answer = (body: { records: { jwt: string }[] }, reply: ServerResponse, request: IncomingMessage) => unknown;

async function clientOf(answer: Answer, options: Partial<LogClientOptions> = {}): Promise<LogClient> {
  const server = createServer((request, reply) => {
    void text(request).then(async (body) => {
      const said = await answer(JSON.parse(body || "{}") as never, reply, request);
      if (said !== undefined) reply.end(typeof said === "string" ? said : JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = new LogClient({ url: `http://127.0.0.1:${port}`, vkey, timeout: 400, ...options });
  open.push({ server, client });
  return client;
}

const record = (jwt = `jwt ${random16()}`) => ({ jwt, disclosures: [] });

/** A tree that takes anything: what it proves is true of it. */
async function treeOf(key = privateKey) {
  const sequencer = await openSequencer({
    storage: memoryStorage(),
    signer: noteSigner(origin, key),
    highWater: memoryHighWater(),
  });
  return async (jwt: string): Promise<string> => {
    const candidate: Candidate = {
      leaf: leafHash(entryOf(jwt)),
      jti: random16(),
      kind: "intent",
      iss: "gateway:main",
      parent: undefined,
      exp: new Date(),
      jwt,
      disclosures: [],
      requestKey: undefined,
    };
    return (await sequencer.append(candidate)).proof;
  };
}

test("proofs that the log is slow to give hold up no append", async () => {
  const prove = await treeOf();
  const client = await clientOf(async ({ records }, _reply, { method }) =>
    method === "GET" ? undefined : { proofs: await Promise.all(records.map(({ jwt }) => prove(jwt))) },
  );
  const proofs = Promise.allSettled(Array.from({ length: 20 }, (_, i) => client.proofText(i)));
  await sleep(20);
  expect((await client.append(record())).index).toBe(0);
  await proofs;
});

test("while the log's key is changed, a proof by any key that is pinned is one, and by no other", async () => {
  const [next, other] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
  const pinned = pinLogs([vkey, noteVerifier(origin, next.publicKey).vkey]);
  for (const [key, holds] of [
    [privateKey, true],
    [next.privateKey, true],
    [other.privateKey, false],
  ] as const) {
    const prove = await treeOf(key);
    const answer: Answer = async ({ records }) => ({ proofs: await Promise.all(records.map(({ jwt }) => prove(jwt))) });
    const client = await clientOf(answer, { vkey: pinned });
    expect(client.origin).toBe(origin);
    const appended = client.append(record());
    if (holds) expect((await appended).index).toBe(0);
    else await expect(appended).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
  }
});

test("records of one moment go together, and while one POST is in flight the next ones wait for the next", async () => {
  const prove = await treeOf();
  const sizes: number[] = [];
  const client = await clientOf(async ({ records }) => {
    sizes.push(records.length);
    await sleep(20);
    return { proofs: await Promise.all(records.map(({ jwt }) => prove(jwt))) };
  });
  const first = [1, 2, 3].map(() => client.append(record()));
  await sleep(10);
  const second = Array.from({ length: 40 }, () => client.append(record()));
  const proofs = await Promise.all([...first, ...second]);
  expect(sizes).toEqual([3, 40]);
  expect(new Set(proofs.map(({ index }) => index)).size).toBe(43);
});

test("a record without hurry goes with the next one that somebody waits for, alone if none comes, and before the end", async () => {
  const prove = await treeOf();
  const sizes: number[] = [];
  const client = await clientOf(async ({ records }) => {
    sizes.push(records.length);
    return { proofs: await Promise.all(records.map(({ jwt }) => prove(jwt))) };
  });
  const shared = client.appendSoon(record());
  await client.append(record());
  await shared;
  expect(sizes).toEqual([2]);
  await client.appendSoon(record());
  expect(sizes).toEqual([2, 1]);
  const last = client.appendSoon(record());
  await client.close();
  open.splice(0).forEach(({ server }) => server.close());
  await last;
  expect(sizes).toEqual([2, 1, 1]);
});

test("a POST holds no more records than it may", async () => {
  const prove = await treeOf();
  const sizes: number[] = [];
  const client = await clientOf(
    async ({ records }) => {
      sizes.push(records.length);
      return { proofs: await Promise.all(records.map(({ jwt }) => prove(jwt))) };
    },
    { maxBatch: 10 },
  );
  await Promise.all(Array.from({ length: 25 }, () => client.append(record())));
  expect(sizes).toEqual([10, 10, 5]);
});

test("a log that never answers costs its time and no more", async () => {
  const client = await clientOf(() => undefined);
  const start = performance.now();
  await expect(client.append(record())).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
  expect(performance.now() - start).toBeLessThan(1500);
});

test("a record that waited too long is never sent", async () => {
  const seen: string[] = [];
  const client = await clientOf(({ records }) => void seen.push(...records.map(({ jwt }) => jwt)), { maxBatch: 1 });
  const [first, second] = [record(), record()];
  const settled = await Promise.allSettled([client.append(first), client.append(second)]);
  expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await sleep(100);
  expect(seen).toEqual([first.jwt]);
});

test("no log at all is RECORD_UNAVAILABLE", async () => {
  const client = new LogClient({ url: "http://127.0.0.1:9", vkey, timeout: 400 });
  await expect(client.append(record())).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
  await expect(client.checkpoint()).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
  await client.close();
});

test("the log's clock is told by its answers, to the second; an answer without a date tells nothing", async () => {
  let date = new Date(Date.now() + 60_000).toUTCString();
  const client = await clientOf((_body, reply) => {
    reply.sendDate = false;
    if (date !== "") reply.setHeader("date", date);
    return "whatever it says";
  });
  expect(Math.abs((await client.clockOffset()) - 60)).toBeLessThan(2);
  date = "";
  await expect(client.clockOffset()).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
});

test("a reply that is no consistency proof is no answer; one that does not verify is a rejected proof", async () => {
  let said: unknown = { error: "a proxy's words" };
  const client = await clientOf(() => said);
  const tree = (size: number) => ({ origin, size, root: leafHash(Buffer.from(`${size}`)) });
  const verdict = () => client.assertConsistent(tree(1), tree(2));
  await expect(verdict()).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
  said = { hashes: [leafHash(Buffer.from("another")).toString("base64")] };
  await expect(verdict()).rejects.toMatchObject({ code: "PROOF_REJECTED" });
});

const refusal = (code: unknown) => ({ proofs: [null], errors: [{ message: "no", extensions: { code } }] });

test.each([
  ["RECORD_CONFLICT", "RECORD_CONFLICT"],
  ["RECORD_INVALID", "RECORD_INVALID"],
  ["RECORD_UNAVAILABLE", "RECORD_UNAVAILABLE"],
  ["RECORD_REJECTED", "RECORD_UNAVAILABLE"],
  ["INTERNAL", "RECORD_UNAVAILABLE"],
  ["constructor", "RECORD_UNAVAILABLE"],
  [7, "RECORD_UNAVAILABLE"],
])("a log that says %s gives %s", async (said, code) => {
  const client = await clientOf(() => refusal(said));
  await expect(client.append(record())).rejects.toMatchObject({ code });
});

test.each<[string, Answer]>([
  ["no JSON", () => "<html>"],
  ["null", () => "null"],
  ["too few proofs", () => ({ proofs: [] })],
  ["too many proofs", () => ({ proofs: [null, null] })],
  ["neither proof nor error", () => ({ proofs: [null] })],
  ["a proof that is none", () => ({ proofs: ["c2sp.org/tlog-proof@v1\nindex 0\n\n"] })],
  ["a proof of another record", async () => ({ proofs: [await (await treeOf())("another")] })],
  [
    "a proof of another log's key",
    async ({ records: [first] }) => {
      const prove = await treeOf(generateKeyPairSync("ed25519").privateKey);
      return { proofs: [await prove(first?.jwt ?? "")] };
    },
  ],
  ["an endless answer", (_, reply) => endless(reply)],
  ["a cut connection", (_, reply) => void reply.destroy()],
])("a log that answers with %s proves nothing", async (_, answer) => {
  const client = await clientOf(answer);
  await expect(client.append(record())).rejects.toMatchObject({ code: "RECORD_UNAVAILABLE" });
});

function endless(reply: ServerResponse): void {
  const chunk = Buffer.alloc(1024 * 1024, "x");
  const more = () => {
    while (!reply.destroyed && reply.write(chunk));
  };
  reply.on("drain", more);
  more();
}

test("one refused record does not refuse its neighbours", async () => {
  const prove = await treeOf();
  const client = await clientOf(async ({ records }) => ({
    proofs: await Promise.all(records.map(async ({ jwt }) => (jwt === "known" ? null : prove(jwt)))),
    errors: records.map(({ jwt }) => (jwt === "known" ? refusal("RECORD_CONFLICT").errors[0] : null)),
  }));
  const settled = await Promise.allSettled([record(), record("known"), record()].map((one) => client.append(one)));
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});
