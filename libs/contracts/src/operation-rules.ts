import { compilePolicy, type CoordinateRule, decide, type SignedAgreement } from "#libs/policy";
import { type Coordinate, coordinate, type OrgId } from "#libs/terms";
import {
  buildASTSchema,
  type FieldNode,
  getNamedType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { verifyDetached } from "./detached-jws.js";
import type { AgreementDraft, Draft } from "./draft.js";
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
    agreement.operations.flatMap((it) => [...literalProblems(it), ...grantProblems(it, agreement, rules, schema)]),
  );
  return [...strays, ...signatures.flat(), ...wide];
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

/** Judged by policy itself, as a question for one person or row on the agreement's first day, for each purpose granted. */
function grantProblems(
  it: OperationDraft,
  { file }: AgreementDraft,
  rules: Rules,
  schema: GraphQLSchema,
): readonly Problem[] {
  const agreement = file.value;
  const used = usesOf(it, schema);
  if ("problems" in used) return used.problems;
  const own = used.uses.filter((use) => rules.get(use.at)?.controller === agreement.provider);
  const signed: SignedAgreement = {
    agreement: { ...agreement, state: "active" },
    digest: it.digest,
    operations: new Set([it.digest]),
  };
  const policy = compilePolicy(rules.values(), [signed]);
  const refused = agreement.grants.map(({ purpose }) => {
    const question = {
      consumer: agreement.consumer,
      purpose,
      caseId: "registration" as never,
      operation: it.digest,
      coordinates: new Set(own.map(({ at }) => at)),
      arguments: own.flatMap((use) => use.arguments.map((argument) => ({ argument, values: [] }))),
      persons: 0,
      entries: own.filter(({ at }) => rules.get(at)?.kind === "entry").map(({ at }) => ({ entry: at, first: 1 })),
    };
    const { verdicts } = decide(question, policy, new Date(agreement.valid.from));
    return own.filter(({ at }) => verdicts.get(at)?.effect === "deny");
  });
  const least = refused.sort((a, b) => a.length - b.length)[0] ?? [];
  const right = `what ${agreement.agreement} grants for one of its purposes`;
  if (own.length === 0)
    return [
      { file: it.file, line: 1, wrong: `asks nothing of ${agreement.provider}`, right: "an operation that does" },
    ];
  return least.map(({ at, node }) => problemAt(node, `${at} is not within the grant`, right));
}

interface Use {
  readonly at: Coordinate;
  readonly node: FieldNode;
  readonly arguments: readonly string[];
}

/** Every field on every type that it may be on. */
function usesOf({ document }: OperationDraft, schema: GraphQLSchema): { uses: Use[] } | { problems: Problem[] } {
  const uses: Use[] = [];
  const problems: Problem[] = [];
  const info = new TypeInfo(schema);
  const add = (node: FieldNode) => {
    const parent = info.getParentType();
    if (node.name.value.startsWith("__")) return;
    if (!parent || !info.getFieldDef()) {
      problems.push(problemAt(node, `${node.name.value} does not exist`, "a field of the public schema"));
      return;
    }
    const named = getNamedType(parent);
    const types = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
    for (const { name } of types) {
      const at = coordinate(name, node.name.value);
      uses.push({ at, node, arguments: (node.arguments ?? []).map((it) => `${at}(${it.name.value}:)`) });
    }
  };
  visit(document, visitWithTypeInfo(info, { Field: (node) => add(node) }));
  return problems.length > 0 ? { problems } : { uses };
}
