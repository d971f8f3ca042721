import type { CoordinateRule } from "#libs/policy";
import type { Coordinate, OrgId } from "#libs/terms";
import { buildASTSchema, Kind, parse, Source, type ValueNode, visit } from "graphql";
import { verifyDetached } from "./detached-jws.js";
import type { AgreementDraft, Draft } from "./draft.js";
import { grantProblems } from "./grant-rules.js";
import { type OperationDraft, operationFiles, registrationOf, suspensionOf } from "./operation.js";
import { type Problem, problemAt } from "./problem.js";
import { findAgreementKey } from "./signature-rules.js";

type Rules = ReadonlyMap<Coordinate, CoordinateRule>;

/** Each registered operation is the consumer's own, as it signed it, and within the grant; a suspension is the provider's. */
export async function checkOperations(draft: Draft, rules: Rules, supergraphSdl: string): Promise<readonly Problem[]> {
  const registered = draft.agreements.filter(({ operations }) => operations.length > 0);
  const strays = draft.agreements.flatMap((agreement) => strayProblems(agreement, draft));
  if (registered.length === 0) return strays;
  const signatures = await Promise.all(
    registered.flatMap((agreement) => agreement.operations.map((it) => signatureProblems(it, agreement, draft))),
  );
  const schema = buildASTSchema(parse(supergraphSdl), { assumeValid: true });
  const wide = registered.flatMap((agreement) =>
    agreement.operations.flatMap((it) => [
      ...literalProblems(it),
      ...grantProblems(it, agreement.file.value, rules, schema),
    ]),
  );
  return [...strays, ...signatures.flat(), ...wide];
}

/** An operation as its author wrote it: its literals are values of the grant, too. */
export function writtenProblems(
  { file, text }: { readonly file: string; readonly text: string },
  agreement: AgreementDraft["file"]["value"],
  rules: Rules,
  supergraphSdl: string,
): readonly Problem[] {
  const document = parse(new Source(text, file));
  return grantProblems(
    { document, file },
    agreement,
    rules,
    buildASTSchema(parse(supergraphSdl), { assumeValid: true }),
  );
}

/** A signature over an operation that is not there: half a folder, or a name mistyped. */
function strayProblems({ id, file, operations }: AgreementDraft, { folder }: Draft): Problem[] {
  const home = `agreements/${id}/signatures/operations/`;
  const known = new Set(operations.flatMap(({ name }) => Object.values(operationFiles(id, name))));
  const right = "the operation, or no signature";
  const strays = [...folder.keys()]
    .filter((path) => path.startsWith(home) && !known.has(path))
    .map((path) => ({ file: path, line: 1, wrong: "signs an operation that is not there", right }));
  if (file.value.operations.folder === "operations/") return strays;
  const line = file.lineOf(["operations", "folder"]);
  return [...strays, { file: file.file, line, wrong: "names another folder", right: "folder: operations/" }];
}

async function signatureProblems(it: OperationDraft, { id, file }: AgreementDraft, draft: Draft): Promise<Problem[]> {
  const { consumer, provider, valid } = file.value;
  const begins = new Date(valid.from);
  const files = operationFiles(id, it.name);
  const problems: Problem[] = [];
  const judge = async (
    at: string,
    text: string | undefined,
    typ: "operation+jws" | "operation-suspension+jws",
    org: OrgId,
  ) => {
    const json = typ === "operation+jws" ? registrationOf(id, it.text) : suspensionOf(id, it.text);
    const keyOf = (kid: string) => findAgreementKey(draft.registry.value, org, kid, begins);
    const result = text === undefined ? "missing" : await verifyDetached(text, typ, json, keyOf);
    if (result === "valid") return;
    const command = typ === "operation+jws" ? "weft register" : "weft operation suspend";
    problems.push({
      file: at,
      line: 1,
      wrong: said(result, org, it.file, typ),
      right: `a signature by ${org}: ${command}`,
    });
  };
  await judge(files.signature, it.signature, "operation+jws", consumer);
  if (it.suspension !== undefined) await judge(files.suspension, it.suspension, "operation-suspension+jws", provider);
  return problems;
}

function said(
  result: "missing" | "malformed" | "unknown key" | "invalid",
  org: OrgId,
  file: string,
  typ: string,
): string {
  const words = {
    missing: `is missing: ${org} has not signed ${file}`,
    malformed: `is not a detached JWS of type ${typ}`,
    "unknown key": `is made with a key that is not ${org}'s on the day that the agreement begins`,
    invalid: `does not fit ${file}: the operation was altered after signing`,
  };
  return words[result];
}

/** Questions are compared after their literals are lifted: an operation with a literal would never be met again. */
function literalProblems({ document }: OperationDraft): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Argument: ({ value, name }) => {
      if (holdsLiteral(value))
        problems.push(
          problemAt(name, `${name.value} holds a literal`, "a variable in its place: weft register writes it so"),
        );
    },
  });
  return problems;
}

function holdsLiteral(node: ValueNode): boolean {
  if (node.kind === Kind.VARIABLE) return false;
  if (node.kind === Kind.LIST) return node.values.some(holdsLiteral);
  if (node.kind === Kind.OBJECT) return node.fields.some(({ value }) => holdsLiteral(value));
  return true;
}
