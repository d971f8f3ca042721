import { expect, test } from "vitest";
import { foldersOf, type Import, importsOf, sources } from "./sources.js";

/** What each folder of libs/ may import. Arrows point down only; a folder that is not here may not exist. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  terms: [],
  policy: ["terms"],
  consent: ["terms"],
  token: ["terms"],
  "access-log": ["terms"],
  server: ["terms"],
  paper: [],
  contracts: ["terms", "policy"],
  supergraph: ["terms", "policy", "consent", "token", "access-log", "contracts"],
  subgraph: ["terms", "policy", "consent", "token", "access-log", "contracts"],
  drafting: ["terms", "subgraph"],
  conformance: ["terms", "policy", "consent", "token", "access-log", "contracts", "subgraph"],
  vigilance: ["terms"],
  review: ["terms", "access-log", "contracts", "vigilance"],
  client: ["terms", "token", "access-log", "consent"],
};

const imports = sources.flatMap((source) => importsOf(source).map((found) => ({ ...found, isTest: source.isTest })));
const show = ({ from, specifier }: Import) => `${from} imports ${specifier}`;
const placeOf = (file: string) => file.split("/").slice(0, 2).join("/");
/** Beside a lib, outside its door, as its readers are. */
const isExample = (file: string) => /^libs\/[a-z-]+\/example\//.test(file);
const libOf = (specifier: string) => /^#libs\/(.+)$/.exec(specifier)?.[1];

test("every folder of libs has its place among the arrows", () => {
  expect(foldersOf("libs").filter((name) => !(name in arrows))).toEqual([]);
});

test("libs import only what lies below them", () => {
  const wrong = imports.filter(({ from, specifier }) => {
    const [top, own = ""] = from.split("/");
    const lib = libOf(specifier);
    return top === "libs" && lib !== undefined && !arrows[own]?.includes(lib) && !(lib === own && isExample(from));
  });
  expect(wrong.map(show)).toEqual([]);
});

/** What makes a test's world, and no more: a real database, and keys that are public. */
const sandboxTools = new Set(["postgres.ts", "mariadb.ts", "keys.ts"].map((name) => `apps/sandbox/src/${name}`));

test("a relative import stays in its own lib or app; apps do not import apps", () => {
  const wrong = imports.filter(({ from, target, isTest }) => {
    const leaves = /^(libs|apps)\//.test(from) && target !== undefined && placeOf(target) !== placeOf(from);
    return leaves && !(isTest && sandboxTools.has(target));
  });
  expect(wrong.map(show)).toEqual([]);
});

test("a lib is entered by its door, which it does not use itself", () => {
  const wrong = imports.filter(({ from, specifier, target }) => {
    const own = isExample(from) ? undefined : /^libs\/([a-z-]+)\//.exec(from)?.[1];
    const isPastTheDoor = /^#libs\/[^/]+\/./.test(specifier);
    const isOwnDoor = own !== undefined && (specifier === `#libs/${own}` || target === `libs/${own}/src/index.ts`);
    return isPastTheDoor || isOwnDoor;
  });
  expect(wrong.map(show)).toEqual([]);
});

test("index.ts is a door and nothing else", () => {
  const wrong = sources.filter(
    ({ file }) => /\/index\.[a-z]+$/.test(file) && !/^libs\/[a-z-]+\/src\/index\.ts$/.test(file),
  );
  expect(wrong.map(({ file }) => file)).toEqual([]);
});

test("Nest is imported by libs/server and apps only", () => {
  const wrong = imports.filter(({ from, specifier }) => {
    return specifier.startsWith("@nestjs/") && from.startsWith("libs/") && !from.startsWith("libs/server/");
  });
  expect(wrong.map(show)).toEqual([]);
});

test("policy knows no GraphQL, HTTP, JWT, log, file or clock", () => {
  const own = sources.filter(({ file, isTest }) => file.startsWith("libs/policy/") && !isTest);
  const foreign = own.flatMap(importsOf).filter(({ specifier }) => !/^(\.|#libs\/terms$|zod$)/.test(specifier));
  expect(foreign.map(show)).toEqual([]);
  expect(
    own.filter(({ text }) => /Date\.now\(|new Date\(\)|performance\.now/.test(text)).map(({ file }) => file),
  ).toEqual([]);
});

test("shipped code imports nothing of test/", () => {
  const wrong = imports.filter(({ isTest, target }) => !isTest && target?.startsWith("test/"));
  expect(wrong.map(show)).toEqual([]);
});

test("no file imports itself in a circle", () => {
  const edges = new Map<string, string[]>();
  for (const { from, target, isTypeOnly } of imports)
    if (target !== undefined && !isTypeOnly) edges.set(from, [...(edges.get(from) ?? []), target]);
  expect(findCycles(edges)).toEqual([]);
});

function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) found.push([...trail.slice(at), file].join(" > "));
    if (at >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}
