import { readFileSync } from "node:fs";
import path from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";
import ts from "typescript";
import { repository } from "../../apps/sandbox/src/repository.js";

/** What libs/client/README.md tells a consumer to configure. */
const config = {
  documentMode: "string",
  useTypeImports: true,
  strictScalars: true,
  scalars: { Date: "string", Decimal: "string" },
};

/** The module that GraphQL Code Generator makes of a schema and operations. */
export function generateOperations(sdl: string, operations: readonly string[]): Promise<string> {
  return codegen({
    filename: "operations.ts",
    schema: parse(sdl),
    documents: operations.map((text, at) => ({ location: `${at}.graphql`, document: parse(text) })),
    plugins: [{ typescriptOperations: config }, { typedDocumentNode: config }],
    pluginMap: { typescriptOperations, typedDocumentNode },
    config,
  });
}

/** What tsc says of these modules, with the repository's own strictness; they are never written. */
export function compile(modules: Readonly<Record<string, string>>): string[] {
  const folder = path.join(repository, "test/journeys");
  const files = new Map(Object.entries(modules).map(([name, text]) => [path.join(folder, name), text]));
  const { config: base } = ts.readConfigFile(path.join(repository, "tsconfig.base.json"), (file) =>
    ts.sys.readFile(file),
  ) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...base, files: [] }, ts.sys, repository);
  const settings = { ...options, noEmit: true, incremental: false, noUnusedLocals: false };
  const host = ts.createCompilerHost(settings);
  const known = host.fileExists.bind(host);
  host.fileExists = (file) => files.has(file) || known(file);
  host.readFile = (file) => files.get(file) ?? readFileSync(file, "utf8");
  const source = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) => {
    const text = files.get(file);
    return text === undefined ? source(file, ...rest) : ts.createSourceFile(file, text, ts.ScriptTarget.ES2024);
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
