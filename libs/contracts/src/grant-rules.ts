import { compilePolicy, type CoordinateRule, decide, type SignedAgreement } from "#libs/policy";
import { type Coordinate, coordinate, digestOf } from "#libs/terms";
import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  getNamedType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  Kind,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { AgreementDraft } from "./draft.js";
import { type Problem, problemAt } from "./problem.js";

type Rules = ReadonlyMap<Coordinate, CoordinateRule>;
type Agreement = AgreementDraft["file"]["value"];
type Grant = Agreement["grants"][number];

/**
 * Judged by policy itself, as a question for one person or row on the agreement's first day, for each purpose granted. A value that stands in
 * the text is judged; one that comes with each question is judged then.
 */
export function grantProblems(
  it: { readonly document: DocumentNode; readonly file: string },
  agreement: Agreement,
  rules: Rules,
  schema: GraphQLSchema,
): readonly Problem[] {
  const used = usesOf(it.document, schema);
  if ("problems" in used) return used.problems;
  const own = used.uses.filter((use) => rules.get(use.at)?.controller === agreement.provider);
  if (own.length === 0)
    return [
      { file: it.file, line: 1, wrong: `asks nothing of ${agreement.provider}`, right: "an operation that does" },
    ];
  // What is asked is judged, not whether it is registered.
  const operation = digestOf(agreement.agreement);
  const signed: SignedAgreement = {
    agreement: { ...agreement, state: "active" },
    digest: operation,
    operations: new Set([operation]),
  };
  const policy = compilePolicy(rules.values(), [signed], { acr: ["registration"], maxAge: 0 });
  const entries = own.filter(({ at }) => rules.get(at)?.kind === "entry").map(({ at }) => ({ entry: at, first: 1 }));
  const from = new Date(agreement.valid.from);
  const refused = agreement.grants.map((grant) => {
    const question = {
      consumer: agreement.consumer,
      purpose: grant.purpose,
      caseId: "registration" as never,
      operation,
      coordinates: new Set(own.map(({ at }) => at)),
      arguments: own.flatMap((use) => use.arguments.map((argument) => valuesOf(argument, grant))),
      persons: entries.length > 0 ? 0 : 1,
      entries,
      signIn: { acr: "registration", authTime: from.getTime() / 1000 },
      isReasoned: true,
    };
    const { verdicts } = decide(question, policy, from);
    return refusalsOf(
      own.filter(({ at }) => verdicts.get(at)?.effect === "deny"),
      grant,
      agreement,
    );
  });
  return refused.sort((a, b) => a.length - b.length)[0] ?? [];
}

/** Of a value that is not known yet: as if it were one that the grant leaves. */
function valuesOf({ name, values }: UsedValue, grant: Grant) {
  return { argument: name, values: values ?? leftOf(name, grant) ?? [] };
}

function leftOf(name: string, grant: Grant): readonly string[] | undefined {
  return (grant.arguments as Readonly<Record<string, readonly string[]>> | undefined)?.[name];
}

function refusalsOf(denied: readonly Use[], grant: Grant, { agreement }: Agreement): Problem[] {
  const values = denied.flatMap((use) => outsideOf(use, grant).map((problem) => ({ at: use.at, problem })));
  const told = new Set(values.map(({ at }) => at));
  const right = `what ${agreement} grants for one of its purposes`;
  const fields = denied
    .filter(({ at }) => !told.has(at))
    .map(({ at, node }) => problemAt(node, `${at} is not within the grant`, right));
  return [...values.map(({ problem }) => problem), ...fields];
}

/** Values of a closed list that the grant has narrowed away. */
function outsideOf(use: Use, grant: Grant): Problem[] {
  return use.arguments.flatMap(({ name, values = [], node }) => {
    const left = leftOf(name, grant);
    const outside = left === undefined ? [] : values.filter((value) => !left.includes(value));
    if (left === undefined || outside.length === 0) return [];
    const wrong = `${name} holds ${outside.join(", ")}, which is not granted for ${grant.purpose}`;
    return [problemAt(node, wrong, `one of: ${left.join(", ")}`)];
  });
}

interface Use {
  readonly at: Coordinate;
  readonly node: FieldNode;
  readonly arguments: readonly UsedValue[];
}

interface UsedValue {
  /** `Type.field(argument:)` */
  readonly name: string;
  /** The enum values that stand in the text, as a literal or as a variable's default. */
  readonly values: readonly string[] | undefined;
  readonly node: ArgumentNode;
}

/** Every field on every type that it may be on. */
function usesOf(document: DocumentNode, schema: GraphQLSchema): { uses: Use[] } | { problems: Problem[] } {
  const uses: Use[] = [];
  const problems: Problem[] = [];
  const info = new TypeInfo(schema);
  const defaults = defaultsOf(document);
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
      const given = (node.arguments ?? []).map((argument) => ({
        name: `${at}(${argument.name.value}:)`,
        values: enumsIn(argument.value, defaults),
        node: argument,
      }));
      uses.push({ at, node, arguments: given });
    }
  };
  visit(document, visitWithTypeInfo(info, { Field: (node) => add(node) }));
  return problems.length > 0 ? { problems } : { uses };
}

type Defaults = ReadonlyMap<string, ValueNode>;

function defaultsOf({ definitions }: DocumentNode): Defaults {
  const variables = definitions.flatMap((it) =>
    it.kind === Kind.OPERATION_DEFINITION ? (it.variableDefinitions ?? []) : [],
  );
  return new Map(
    variables.flatMap(({ variable, defaultValue }) => (defaultValue ? [[variable.name.value, defaultValue]] : [])),
  );
}

function enumsIn(value: ValueNode, defaults: Defaults): readonly string[] | undefined {
  if (value.kind === Kind.ENUM) return [value.value];
  if (value.kind === Kind.VARIABLE) {
    const usual = defaults.get(value.name.value);
    return usual && enumsIn(usual, new Map());
  }
  if (value.kind !== Kind.LIST) return undefined;
  const found = value.values.map((item) => enumsIn(item, defaults));
  return found.every((item) => item === undefined) ? undefined : found.flatMap((item) => item ?? []);
}
