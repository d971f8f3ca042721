/**
 * What nobody can go below who keeps the formats: the HTTP server, one signature verified, two made, and the calls to the ministries
 * with bodies as long as real ones. No token, decision, plan, record, log, seal or answer of one's own is in it: only what the
 * libraries for HTTP and the cryptography cost by themselves. A process of its own; told what to do by its parent, tells its URL back.
 */
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { fastify } from "fastify";
import { Pool } from "undici";

export interface FloorOptions {
  /** Origin of the ministries' server. */
  readonly servers: string;
  /** Wave by wave, the calls that go out together. */
  readonly waves: readonly (readonly FloorCall[])[];
  /** What is answered, whatever was asked. */
  readonly answer: string;
}

export interface FloorCall {
  readonly path: string;
  readonly body: string;
}

const headers = { "content-type": "application/json", accept: "application/json" };
const possession = generateKeyPairSync("ec", { namedCurve: "P-256" });
const signing = generateKeyPairSync("ed25519");
const message = Buffer.alloc(512, "m");
const signature = sign("sha256", message, possession.privateKey);

function post(pool: Pool, { path, body }: FloorCall): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    pool.dispatch(
      { path, method: "POST", headers, body },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve(JSON.parse(Buffer.concat(chunks).toString("utf8"))),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

async function serve({ servers, waves, answer }: FloorOptions): Promise<string> {
  const pool = new Pool(servers, { connections: 64, pipelining: 1 });
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post("/graphql", async (_request, reply) => {
    if (!verify("sha256", message, possession.publicKey, signature)) throw new Error("a signature of our own");
    sign(null, message, signing.privateKey);
    for (const calls of waves) await Promise.all(calls.map((call) => post(pool, call)));
    sign(null, message, signing.privateKey);
    return reply.type("application/json").send(answer);
  });
  // Below even that: no format at all, only HTTP.
  app.post("/calls", async (_request, reply) => {
    for (const calls of waves) await Promise.all(calls.map((call) => post(pool, call)));
    return reply.type("application/json").send(answer);
  });
  return app.listen({ host: "127.0.0.1", port: 0 });
}

process.once("message", (options: FloorOptions) => {
  void serve(options).then((url) => process.send?.({ url }));
});
process.once("disconnect", () => process.exit());
