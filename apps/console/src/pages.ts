import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import { WeftError } from "#libs/terms";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json; charset=utf-8",
  ".woff2": "font/woff2",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

/** Where the page leaves room for the nonce of its styles. */
const NONCE_PLACE = /(<meta name="style-nonce" content=")"/;

/** Scripts and data from this origin alone; styles that the pages make as they go carry the nonce of this one answer. Nobody frames it. */
const policyWith = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

interface Page {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The built pages, read once at the start: no path of a request ever names a file. What is none of them is the application's own address. */
export function servePages(scope: FastifyInstance, folder: string | undefined): void {
  if (folder === undefined) return;
  const pages = readPages(folder);
  const index = pages.get("/index.html");
  scope.get("/*", async (request, reply) => {
    const [asked = "/"] = request.url.split("?");
    if (asked.startsWith("/api/")) throw new WeftError("NOT_FOUND");
    const page = pages.get(asked) ?? (path.posix.extname(asked) === "" ? index : undefined);
    if (!page) throw new WeftError("NOT_FOUND");
    const isHashed = /-[\w-]{8,}\.\w+$/.test(asked);
    reply.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    if (page !== index) return reply.type(page.type).send(page.bytes);
    const nonce = randomBytes(16).toString("base64");
    reply.header("content-security-policy", policyWith(nonce)).header("cache-control", "no-store");
    return reply.type(page.type).send(page.bytes.toString("utf8").replace(NONCE_PLACE, `$1${nonce}"`));
  });
}

function readPages(folder: string): ReadonlyMap<string, Page> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return new Map(
    files.flatMap(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      const type = types[path.extname(name)];
      const address = `/${path.relative(folder, file).split(path.sep).join("/")}`;
      return type === undefined ? [] : [[address, { type, bytes: readFileSync(file) }] as const];
    }),
  );
}
