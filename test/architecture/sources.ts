import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The repository as text and syntax, for the rules of this folder. Paths are relative to its root, with forward slashes. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

const ignored = new Set(["node_modules", "dist", ".git", ".weft", "coverage"]);

export function filesUnder(folder: string): string[] {
  const full = path.join(root, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return ignored.has(entry.name) ? [] : filesUnder(name);
    return entry.isFile() ? [name] : [];
  });
}

export function foldersOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !ignored.has(entry.name))
    .map((entry) => entry.name);
}

export function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

export interface Source {
  readonly file: string;
  readonly isTest: boolean;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

export const sources: readonly Source[] = ["libs", "apps", "test", "deploy"]
  .flatMap(filesUnder)
  .filter((file) => /\.(ts|tsx|mts|mjs|js)$/.test(file))
  .map((file) => {
    const text = read(file);
    return { file, isTest: /\.(test|fixture)\.ts$|^test\//.test(file), text, tree: parse(file, text) };
  });

function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

export interface Import {
  readonly from: string;
  /** As written. */
  readonly specifier: string;
  /** The file, for a relative one. */
  readonly target: string | undefined;
  readonly isTypeOnly: boolean;
}

export function importsOf({ file, tree }: Source): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean) => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    found.push({ from: file, specifier: specifier.text, target: targetOf(file, specifier.text), isTypeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function targetOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const written = path.posix.join(path.posix.dirname(file), specifier);
  const source = written.replace(/\.js$/, ".ts");
  return existsSync(path.join(root, source)) ? source : written;
}
