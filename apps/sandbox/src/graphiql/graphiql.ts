import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join, dirname } from "node:path";
import { fastify, type FastifyReply, type FastifyRequest } from "fastify";
import { z } from "zod";
import { WeftError } from "#libs/terms";

/**
 * GraphiQL with an *Ask as* switch. It belongs to the sandbox, which holds the personas' keys: the page names a persona and the
 * sandbox signs for it. On loopback, and for its own page only: another site's script must not ask with these keys.
 */
const asked = z.strictObject({
  persona: z.string(),
  purpose: z.string(),
  caseId: z.string().optional(),
  /** Fetch nothing: per field, permit or refuse. */
  explain: z.boolean().optional(),
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});
export type AskedByPage = z.infer<typeof asked>;

export interface GraphiqlOptions {
  readonly port: number;
  readonly ask: (asked: AskedByPage) => Promise<{ readonly status: number; readonly body: unknown }>;
  readonly sandbox: {
    readonly personas: readonly {
      readonly name: string;
      readonly label: string;
      readonly purpose: string;
      readonly caseId?: string;
    }[];
    readonly purposes: readonly string[];
    readonly questions: readonly {
      readonly title: string;
      readonly persona: string;
      readonly query: string;
      readonly variables: object;
    }[];
    /** Names of organisations, as the registry has them. */
    readonly names: Readonly<Record<string, string>>;
    /** Where the proof of a record is. */
    readonly gateway: string;
  };
}

export interface Graphiql {
  readonly url: string;
  close(): Promise<void>;
}

const require = createRequire(import.meta.url);
const inPackage = (name: string, file: string) => join(dirname(require.resolve(`${name}/package.json`)), file);

const types = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
} as const;

/** Path -> type and content. Fixed: nothing is looked up by what a request says. */
function pageFiles(): ReadonlyMap<string, { readonly type: string; readonly content: Buffer }> {
  const file = (path: string, type: keyof typeof types, from: string | URL) =>
    [path, { type: types[type], content: readFileSync(from) }] as const;
  const own = (name: string, type: keyof typeof types) => file(`/${name}`, type, new URL(name, import.meta.url));
  return new Map([
    file("/", "html", new URL("page.html", import.meta.url)),
    own("page.css", "css"),
    own("page.js", "js"),
    own("envelope.js", "js"),
    own("reading.js", "js"),
    own("icon.svg", "svg"),
    file("/react.js", "js", inPackage("react", "umd/react.production.min.js")),
    file("/react-dom.js", "js", inPackage("react-dom", "umd/react-dom.production.min.js")),
    file("/graphiql.min.js", "js", inPackage("graphiql", "graphiql.min.js")),
    file("/graphiql.min.css", "css", inPackage("graphiql", "graphiql.min.css")),
  ]);
}

const pageHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; font-src 'self' data:; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

export async function startGraphiql({ port, ask, sandbox }: GraphiqlOptions): Promise<Graphiql> {
  const server = fastify({ bodyLimit: 200_000 });
  for (const [path, { type, content }] of pageFiles()) {
    server.get(path, (_request, reply) => reply.headers(pageHeaders).type(type).send(content));
  }
  server.get("/sandbox.json", (_request, reply) => reply.headers(pageHeaders).send(sandbox));
  server.post("/ask", async (request, reply) => {
    if (!isOwnPage(request)) return refuse(reply, 403, "Only the sandbox's own page may ask here.");
    const parsed = asked.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 400, "Not a question of this page.");
    try {
      const { status, body } = await ask(parsed.data);
      return await reply.code(status).send(body);
    } catch (error) {
      if (error instanceof WeftError) return refuse(reply, error.status, error.message);
      return refuse(reply, 502, "The gateway does not answer.");
    }
  });
  await server.listen({ host: "127.0.0.1", port });
  const { port: actual } = server.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${actual}`, close: () => server.close() };
}

/** The browser names the page a request comes from; a name of another host that points here (rebinding) is refused as well. */
function isOwnPage({ headers, socket }: FastifyRequest): boolean {
  const own = new Set([`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`]);
  return own.has(headers.host ?? "") && own.has((headers.origin ?? "").replace(/^http:\/\//, ""));
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ errors: [{ message }] });
}
