import { builtinModules } from "node:module";
import { expect, test } from "vitest";
import { importsOf, read, sources } from "./sources.js";

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: true }>
  >;
}

const manifest = JSON.parse(read("package.json")) as Manifest;
const all = { ...manifest.dependencies, ...manifest.devDependencies };

test.each(["package-lock.json", "deploy/runtime/package-lock.json"])("%s names content, not hosts", (file) => {
  const { packages } = JSON.parse(read(file)) as Lock;
  const wrong = Object.entries(packages).filter(
    ([name, entry]) => name !== "" && (entry.resolved !== undefined || !entry.integrity),
  );
  expect(wrong.map(([name]) => name)).toEqual([]);
});

test("every version is exact", () => {
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("every dependency has its line, with its reason, in README.md, and no line is left over", () => {
  const section = /^## Dependencies[^\n]*\n([^]*?)(?=^## |(?![^]))/m.exec(read("README.md"))?.[1] ?? "";
  const rows = [...section.matchAll(/^\| (`[^|]+`) \| ([^|]{10,}) \|$/gm)];
  const listed = rows.flatMap(([, names]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
  expect(listed.sort()).toEqual(Object.keys(all).sort());
});

test("what ships is used", () => {
  const named = new Set(
    sources.flatMap(({ text }) => [...text.matchAll(/["'](@?[a-z][\w./-]*)["']/g)].map(([, name]) => packageOf(name!))),
  );
  // Nest loads it, we do not.
  const loadedByOthers = new Set(["rxjs"]);
  const unused = Object.keys(manifest.dependencies).filter((name) => !named.has(name) && !loadedByOthers.has(name));
  expect(unused).toEqual([]);
});

test("what the code imports is a dependency of ours, and what ships needs no development package", () => {
  const wrong = sources.flatMap((source) => {
    // A page is bundled when it is built, and what builds it is there then.
    const builds = /^(deploy\/runtime|apps\/console\/web)\//.test(source.file);
    const allowed: object = source.isTest || builds ? all : manifest.dependencies;
    const foreign = importsOf(source).filter(({ specifier, isTypeOnly }) => !isTypeOnly && isPackage(specifier));
    return foreign
      .filter(({ specifier }) => !(packageOf(specifier) in allowed))
      .map(({ specifier }) => `${source.file}: ${specifier}`);
  });
  expect(wrong).toEqual([]);
});

function isPackage(specifier: string): boolean {
  return !/^[.#]|^node:/.test(specifier) && !builtinModules.includes(specifier);
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
