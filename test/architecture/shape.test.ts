import ts from "typescript";
import { expect, test } from "vitest";
import { filesUnder, foldersOf, read, root, sources, type Source } from "./sources.js";
import { existsSync } from "node:fs";
import path from "node:path";

const FUNCTION_LIMIT = 70;
const FILE_LIMIT = 400;

test(`no function is longer than ${FUNCTION_LIMIT} lines`, () => {
  expect(sources.flatMap(longFunctions)).toEqual([]);
});

test(`no file is longer than ${FILE_LIMIT} lines`, () => {
  const long = sources.filter(({ text }) => text.split("\n").length > FILE_LIMIT + 1);
  expect(long.map(({ file }) => file)).toEqual([]);
});

function longFunctions({ file, tree }: Source): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && !isSuite(node)) {
      const lines = lineOf(tree, node.getEnd()) - lineOf(tree, node.getStart()) + 1;
      if (lines > FUNCTION_LIMIT) found.push(`${file}:${lineOf(tree, node.getStart()) + 1} has ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function lineOf(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line;
}

/** `describe("…", () => {…})` is a heading over tests. */
function isSuite(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());
}

test("a folder or file is named by its idea", () => {
  const empty = /(^|\/)(utils?|common|helpers?|shared|misc|core|lib)(\.[a-z]+)*(\/|$)/;
  const named = ["apps", "libs", "contracts", "deploy", "test"].flatMap(filesUnder).filter((file) => empty.test(file));
  expect(named).toEqual([]);
});

const forbidden: readonly (readonly [string, RegExp])[] = [
  ["a test is left out", /\b(test|it|describe)\.(skip|only|todo|fails)\b|\bx(it|describe)\(/],
  ["the compiler or the linter is silenced", /@ts-(ignore|nocheck|expect-error)|(eslint|oxlint)-disable/],
  ["a tag other than NOTE and TODO", /\b(FIXME|XXX|HACK)\b/],
  ["a container is asked to bend", /\b(forwardRef|@Global)\(/],
];

test.each(forbidden)("nowhere: %s", (_what, pattern) => {
  const own = "test/architecture/shape.test.ts";
  expect(sources.filter(({ file, text }) => file !== own && pattern.test(text)).map(({ file }) => file)).toEqual([]);
});

test("no type is given up", () => {
  const found = sources.filter(({ tree }) => {
    const holds = (node: ts.Node): boolean =>
      node.kind === ts.SyntaxKind.AnyKeyword || ts.forEachChild(node, holds) === true;
    return holds(tree);
  });
  expect(found.map(({ file }) => file)).toEqual([]);
});

test("the top of the repository holds what it is meant to hold", () => {
  const wanted = ["apps", "contracts", "deploy", "libs", "test"];
  expect(foldersOf(".").filter((name) => !name.startsWith("."))).toEqual(wanted);
});

test("every lib, app and great folder explains itself", () => {
  const folders = [
    "contracts",
    "deploy",
    ...["libs", "apps"].flatMap((top) => foldersOf(top).map((name) => `${top}/${name}`)),
  ];
  expect(folders.filter((folder) => !existsSync(path.join(root, folder, "README.md")))).toEqual([]);
});

test("every variable that an app reads is in its README", () => {
  const missing = foldersOf("apps").flatMap((app) => {
    const readme = existsSync(path.join(root, "apps", app, "README.md")) ? read(`apps/${app}/README.md`) : "";
    const config = sources.find(({ file }) => file === `apps/${app}/src/config.ts`);
    const names = new Set(config?.text.match(/\bWEFT_[A-Z_]*[A-Z]\b/g));
    return [...names].filter((name) => !readme.includes(name)).map((name) => `${app}: ${name}`);
  });
  expect(missing).toEqual([]);
});

test("every app that has a main is known to the Nest command line", () => {
  const { projects } = JSON.parse(read("nest-cli.json")) as { projects: Record<string, unknown> };
  const apps = foldersOf("apps").filter((app) => existsSync(path.join(root, "apps", app, "src", "main.ts")));
  expect(apps.filter((app) => !(app in projects))).toEqual([]);
});
