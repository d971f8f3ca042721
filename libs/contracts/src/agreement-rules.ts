import { type Agreement, type AgreementGrant, type CoordinateRule, findOverlaps } from "#libs/policy";
import { coordinate, type Coordinate, digestOf, enumValueOf } from "#libs/terms";
import { Kind } from "graphql";
import { definitionOf } from "./coordinate-rules.js";
import type { AgreementDraft, Draft } from "./draft.js";
import { proposeMeaning } from "./meaning.js";
import type { Problem } from "./problem.js";
import { namedOf } from "./schema-model.js";
import type { YamlFile } from "./yaml-file.js";

/** One agreement beside what it speaks about. */
interface Matter {
  readonly draft: Draft;
  readonly rules: ReadonlyMap<Coordinate, CoordinateRule>;
  readonly id: string;
  readonly file: YamlFile<Agreement>;
}

type AgreementRule = (matter: Matter) => readonly Problem[];

export function checkAgreements(draft: Draft, rules: Matter["rules"]): readonly Problem[] {
  const each = draft.agreements.flatMap(({ id, file }) =>
    agreementRules.flatMap((rule) => rule({ draft, rules, id, file })),
  );
  return [...each, ...overlapProblems(draft.agreements)];
}

const namedAsItsFolder: AgreementRule = ({ id, file }) =>
  file.value.agreement === id
    ? []
    : [problem(file, ["agreement"], `is named ${file.value.agreement}`, `${id}, as its folder`)];

const partiesKnown: AgreementRule = ({ draft, file }) => {
  const registry = draft.registry.value;
  const unknown = (["provider", "consumer"] as const)
    .filter((side) => registry.organisations[file.value[side]] === undefined)
    .map((side) => problem(file, [side], `${file.value[side]} is not in registry.yaml`, organisationsOf(draft)));
  const serves = draft.ministries.some(({ source }) => source.provider === file.value.provider);
  if (unknown.length > 0 || serves) return unknown;
  return [
    problem(file, ["provider"], `${file.value.provider} has no subgraph`, "a provider with a folder in subgraphs/"),
  ];
};

function organisationsOf(draft: Draft): string {
  return `one of: ${Object.keys(draft.registry.value.organisations).join(", ")}`;
}

const summarised: AgreementRule = ({ draft, file }) =>
  draft.registry.value.languages
    .filter((language) => file.value.summary[language] === undefined)
    .map((language) => problem(file, ["summary"], `has no summary in ${language}`, `summary: { ${language}: "…" }`));

const purposesKnown: AgreementRule = ({ draft, file }) => {
  const known = Object.keys(draft.purposes.value.list);
  return file.value.grants.flatMap((grant, at) =>
    known.includes(grant.purpose)
      ? []
      : [problem(file, ["grants", at, "purpose"], `${grant.purpose} is not a purpose`, `one of: ${known.join(", ")}`)],
  );
};

const fieldsGrantable: AgreementRule = (matter) =>
  matter.file.value.grants.flatMap((grant, at) =>
    Object.entries(grant.fields).flatMap(([type, fields]) =>
      fields.flatMap((field) => {
        const said = grantProblem(matter, grant, coordinate(type, field));
        return said ? [problem(matter.file, ["grants", at, "fields", type], ...said)] : [];
      }),
    ),
  );

type Said = readonly [wrong: string, right: string];

function grantProblem({ draft, file, rules }: Matter, grant: AgreementGrant, it: Coordinate): Said | undefined {
  const rule = rules.get(it);
  const { provider } = file.value;
  if (rule === undefined) return [`${it} does not exist`, `a field of ${provider}'s schema.graphql`];
  if (rule.controller !== provider) return [`${it} belongs to ${rule.controller}`, `a field of ${provider}`];
  if (rule.kind !== "value" && rule.kind !== "entry")
    return [`${it} cannot be granted by itself`, "the fields beneath or beside it: it comes along"];
  const basis = enumValueOf(grant.basis);
  const released = rule.releases.some((r) => r.purposes.includes(grant.purpose) && r.bases.some((b) => b === basis));
  const purposeKnown = draft.purposes.value.list[grant.purpose] !== undefined;
  if (released || rule.releases.length === 0 || !purposeKnown) return undefined;
  const ways = rule.releases.map((r) => `${r.purposes.join(" or ")} on ${r.bases.join(" or ")}`).join("; ");
  return [`${it} is not released for ${grant.purpose} on ${basis}`, `its release rule: ${ways}`];
}

const filtersExist: AgreementRule = ({ file, rules }) =>
  file.value.grants.flatMap((grant, at) =>
    grant.filters.flatMap((filter, index) => {
      const argument = findArgument(filter, rules);
      if (argument?.kind === "filter") return [];
      const where = ["grants", at, "filters", index];
      return [problem(file, where, `${filter} is not a filter`, "an argument with @filterable, or nothing")];
    }),
  );

const narrowingPossible: AgreementRule = ({ draft, file }) =>
  file.value.grants.flatMap((grant, at) =>
    Object.entries(grant.arguments ?? {}).flatMap(([argument, values]) => {
      const closed = closedListOf(argument, draft);
      const foreign = values.filter((value) => !closed.includes(value));
      if (foreign.length === 0 && closed.length > 0) return [];
      const wrong =
        closed.length > 0 ? `${argument} has no value ${foreign.join(", ")}` : `${argument} has no closed list`;
      const right = closed.length > 0 ? `some of: ${closed.join(", ")}` : "an argument that is an enum";
      return [problem(file, ["grants", at, "arguments", argument], wrong, right)];
    }),
  );

const argumentPattern = /^(\w+\.\w+)\((\w+):\)$/;

function findArgument(text: string, rules: Matter["rules"]): CoordinateRule["arguments"][number] | undefined {
  const [, field, name] = argumentPattern.exec(text) ?? [];
  return rules.get(field as Coordinate)?.arguments.find((it) => it.name === name);
}

function closedListOf(text: string, { model }: Draft): readonly string[] {
  const [, field, name] = argumentPattern.exec(text) ?? [];
  const argument = model.byCoordinate.get(field as Coordinate)?.node.arguments?.find((it) => it.name.value === name);
  const type = argument && definitionOf(namedOf(argument.type), model);
  return type?.kind === Kind.ENUM_TYPE_DEFINITION ? (type.values ?? []).map((it) => it.name.value) : [];
}

/** What counts as strong is the authority's to say, in registry.yaml: the parties of an agreement cannot. */
const emergenciesPossible: AgreementRule = ({ draft, file }) =>
  draft.registry.value.strongSignIn !== undefined
    ? []
    : file.value.grants.flatMap(({ basis }, at) =>
        basis !== "vital-interest"
          ? []
          : [
              problem(
                file,
                ["grants", at, "basis"],
                "rests on vital interest, and registry.yaml says of no sign-in that it is strong",
                'strongSignIn: { acr: ["…"], maxAge: 300 } in registry.yaml',
              ),
            ],
      );

/** Judged only where all coordinates exist: otherwise the missing one is what to say. */
const meaningUnchanged: AgreementRule = (matter) => {
  const { draft, file } = matter;
  if (fieldsGrantable(matter).length > 0) return [];
  const meaning = proposeMeaning(file.value, draft.model);
  if (file.value.meaning === meaning) return [];
  const wrong = "the definition of a granted field has changed since both sides signed";
  return [problem(file, ["meaning"], wrong, `meaning: "${meaning}", signed again by both sides`)];
};

export const agreementRules: readonly AgreementRule[] = [
  namedAsItsFolder,
  partiesKnown,
  summarised,
  purposesKnown,
  fieldsGrantable,
  filtersExist,
  narrowingPossible,
  emergenciesPossible,
  meaningUnchanged,
];

/** One purpose between two parties has one grant: no question could choose between two. */
function overlapProblems(agreements: readonly AgreementDraft[]): readonly Problem[] {
  const signed = agreements.map(({ file }) => ({
    agreement: file.value,
    digest: digestOf(""),
    operations: new Set<never>(),
  }));
  return findOverlaps(signed).map(([first, second]) => {
    const { file } = agreements.find(({ id }) => id === second) ?? agreements[0]!;
    const wrong = `grants a purpose that ${first} grants too, between the same organisations at the same time`;
    return problem(file, ["grants"], wrong, "one grant for one purpose: end the other agreement first");
  });
}

function problem(file: YamlFile<unknown>, path: readonly PropertyKey[], wrong: string, right: string): Problem {
  return { file: file.file, line: file.lineOf(path), wrong, right };
}
