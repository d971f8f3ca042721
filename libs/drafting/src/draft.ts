import { adapterText, type SourceText } from "./adapter-text.js";
import { guess, type Question } from "./guess.js";
import { labelsText } from "./labels-text.js";
import { schemaText } from "./schema-text.js";
import { SEEN_FILE, seenText } from "./seen.js";

/** The files of one ministry's folder under `subgraphs/`, by name. */
export type Files = ReadonlyMap<string, string>;

export interface About extends SourceText {
  readonly title: string;
  /** Of the registry. */
  readonly languages: readonly string[];
  /** For a service: what stands in `source.resources` for a thing that it holds. */
  readonly resource?: (table: string) => string;
}

export interface Drafted {
  readonly files: Files;
  /** What is in the database and was not at the last draft, in words. */
  readonly added: readonly string[];
  /** What files map and the database no longer has, in words. */
  readonly gone: readonly string[];
}

/** A ministry's folder from nothing. */
export function firstDraft(question: Question, about: About): Drafted {
  const plan = guess(question);
  const files = new Map([
    ["schema.graphql", schemaText(about.title, plan)],
    ["adapter.yaml", adapterText(about.title, plan, about)],
    ...about.languages.map((language) => [`labels.${language}.yaml`, labelsText(language, plan)] as const),
    [SEEN_FILE, seenText(question.catalogue, question.person.name)],
  ]);
  return {
    files,
    added: plan.types.map(({ name, table, fields }) => `${table} as ${name}: ${fields.length} fields`),
    gone: [],
  };
}
