import { type AdapterConfig, adapterConfigSchema, tableColumns } from "#libs/subgraph";
import { parseStrictYaml, WeftError } from "#libs/terms";
import { codesText, fieldText as fieldLine, personFieldText, typeText } from "./adapter-text.js";
import { type Catalogue, findColumn, findTable, type Table } from "./catalogue.js";
import type { About, Drafted, Files } from "./draft.js";
import { type Names, type Question, typeOf } from "./guess.js";
import { CodeNames } from "./guess-codes.js";
import { fieldsOf } from "./guess-fields.js";
import { fieldsIn, insertInMap, insertInType, membersOf, typesIn } from "./insert.js";
import { labelLine, labelsOf } from "./labels-text.js";
import type { PlannedCodes, PlannedField, PlannedType, Remark } from "./plan.js";
import { fieldText, personField, schemaParts } from "./schema-text.js";
import { readSeen, SEEN_FILE, type Seen, seenText } from "./seen.js";
import { oneLine } from "./words.js";

const NEW: Remark = { kind: "new", text: "since the last draft" };

/**
 * A second draft. Files stay as people left them: only what the database did not have at the last draft is put in, closed and marked as new. On
 * a database that did not change no byte does.
 */
export function mergeDraft(files: Files, question: Question, about: About): Drafted {
  const seen = readSeen(fileOf(files, SEEN_FILE));
  const config = readConfig(fileOf(files, "adapter.yaml"));
  const drafting = new Merging(files, question, about);
  for (const table of question.catalogue.tables) {
    const known = columnsSeen(seen, table.name);
    if (known)
      drafting.addColumns(
        table,
        table.columns.filter(({ name }) => !known.includes(name)),
        config,
      );
  }
  for (const hanging of question.hanging)
    if (columnsSeen(seen, hanging.table.name) === undefined) drafting.addType(hanging);
  return drafting.end(goneOf(config, seen, question.catalogue));
}

function columnsSeen({ tables }: Seen, name: string): readonly string[] | undefined {
  return Object.hasOwn(tables, name) ? tables[name] : undefined;
}

function fileOf(files: Files, name: string): string {
  const text = files.get(name);
  if (text === undefined)
    throw new WeftError("CONTRACT_INVALID", { detail: `this folder was not drafted: it has no ${name}` });
  return text;
}

function readConfig(text: string): AdapterConfig {
  const parsed = adapterConfigSchema.safeParse(parseStrictYaml(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new WeftError("CONTRACT_INVALID", { detail: `adapter.yaml: ${issue?.path.join(".")}: ${issue?.message}` });
}

class Merging {
  readonly #files: Map<string, string>;
  readonly #codes: CodeNames;
  readonly #names: Names;
  readonly #added: string[] = [];
  #listed = 0;

  constructor(
    files: Files,
    private readonly question: Question,
    private readonly about: About,
  ) {
    this.#files = new Map(files);
    const sdl = fileOf(files, "schema.graphql");
    const { taken } = question;
    this.#codes = new CodeNames(membersOf(fileOf(files, "adapter.yaml"), ["codes"]));
    this.#names = {
      types: new Set([...taken.types, ...typesIn(sdl)]),
      fields: new Set([...taken.personFields, ...fieldsIn(sdl, "Person")]),
    };
  }

  /** Into the type that maps the table; where there is none any more, they are only told. */
  addColumns(table: Table, columns: Table["columns"], config: AdapterConfig): void {
    if (columns.length === 0) return;
    const { person, hanging } = this.question;
    const isOwn = table.name === person.name;
    const type = Object.entries(config.types).find(
      ([name, { from }]) => name !== "Person" && (from ?? person.name) === table.name,
    )?.[0];
    const on = hanging.find((each) => each.table.name === table.name)?.on ?? {};
    const sdl = this.#text("schema.graphql");
    if (type === undefined) {
      if (Object.values(config.types).some(({ from }) => from === table.name)) this.#tell(table, columns);
      return;
    }
    const context = {
      table,
      isOwn,
      type,
      question: this.question,
      codes: this.#codes,
      taken: this.#names.types,
      keys: Object.keys(on),
    };
    const { fields, leftOut } = fieldsOf(context, columns, fieldsIn(sdl, type));
    if (isOwn) this.#tellNumbers(table, columns);
    for (const { column, why } of leftOut)
      this.#added.push(`${oneLine(table.name)}.${oneLine(column)}, not mapped: ${why}`);
    for (const field of fields) this.#addField(type, { ...field, remarks: [NEW, ...field.remarks] }, table);
  }

  addType(hanging: Question["hanging"][number]): void {
    const type = typeOf(hanging, this.question, this.#codes, this.#names);
    if (type.fields.length === 0) return;
    const marked: PlannedType = { ...type, remarks: [NEW, ...type.remarks] };
    const { person } = this.question;
    const codes = this.#newCodes();
    this.#into("schema.graphql", (text) =>
      insertInType(text, "Person", `  # new: since the last draft\n${personField(marked)}`),
    );
    this.#into("schema.graphql", (text) => `${text.trimEnd()}\n\n${schemaParts([marked], codes).join("\n\n")}\n`);
    this.#into("adapter.yaml", (text) =>
      insertInMap(text, ["types"], typeText(marked, person.name, this.about.register), 2),
    );
    this.#into("adapter.yaml", (text) =>
      insertInMap(text, ["types", "Person", "fields"], `      ${personFieldText(marked)}\n`, 6),
    );
    const resource = this.about.resource?.(type.table);
    if (resource !== undefined)
      this.#into("adapter.yaml", (text) => insertInMap(text, ["source", "resources"], resource, 4));
    this.#addCodes(codes);
    this.#addLabels(labelsOf([marked], codes));
    this.#added.push(`${oneLine(type.table)} as ${type.name}: ${type.fields.length} fields`);
  }

  end(gone: readonly string[]): Drafted {
    this.#files.set(SEEN_FILE, seenText(this.question.catalogue, this.question.person.name));
    return { files: this.#files, added: this.#added, gone };
  }

  #addField(type: string, field: PlannedField, table: Table): void {
    const codes = this.#newCodes();
    this.#into("schema.graphql", (text) => insertInType(text, type, fieldText(field, "closed")));
    if (codes.some((list) => list.enum))
      this.#into("schema.graphql", (text) => `${text.trimEnd()}\n\n${schemaParts([], codes).join("\n\n")}\n`);
    const line = `      # new: since the last draft\n      ${fieldLine(field)}\n`;
    this.#into("adapter.yaml", (text) => insertInMap(text, ["types", type, "fields"], line, 6));
    this.#addCodes(codes);
    this.#addLabels([[`${type}.${field.name}`, field.label], ...labelsOf([], codes)]);
    this.#added.push(`${oneLine(table.name)}.${oneLine(field.column)} as ${type}.${field.name}`);
  }

  /** Lists that were made since the last look. */
  #newCodes(): readonly PlannedCodes[] {
    const all = this.#codes.all();
    const more = all.slice(this.#listed);
    this.#listed = all.length;
    return more;
  }

  #addCodes(codes: readonly PlannedCodes[]): void {
    if (codes.length === 0) return;
    const text = codes.map(codesText).join("");
    this.#into("adapter.yaml", (file) => insertInMap(file, ["codes"], text, 2) ?? firstCodes(file, text));
  }

  #addLabels(labels: readonly (readonly [string, string])[]): void {
    const text = labels.map(labelLine).join("");
    for (const language of this.about.languages)
      this.#into(`labels.${language}.yaml`, (file) => insertInMap(file, ["labels"], text, 2));
  }

  /** How somebody is found is nothing to be put in unseen. */
  #tellNumbers(table: Table, columns: Table["columns"]): void {
    const { identifiers, foreign } = this.question.identifiers;
    const numbers = new Set([...identifiers, ...foreign].map(({ column }) => column));
    for (const { name } of columns)
      if (numbers.has(name))
        this.#added.push(`${oneLine(table.name)}.${oneLine(name)}, which numbers persons: declare it as an identifier`);
  }

  #tell(table: Table, columns: Table["columns"]): void {
    for (const { name } of columns) this.#added.push(`${oneLine(table.name)}.${oneLine(name)}, which no type maps`);
  }

  #text(name: string): string {
    return fileOf(this.#files, name);
  }

  #into(name: string, change: (text: string) => string | undefined): void {
    const changed = change(this.#text(name));
    if (changed === undefined)
      throw new WeftError("CONTRACT_INVALID", {
        detail: `${name} was changed so that nothing can be put in: maps in lines of their own, and types in braces, are right`,
      });
    this.#files.set(name, changed);
  }
}

/** Where there is no list yet. One that stands in a single line is somebody's own way to write it. */
function firstCodes(file: string, text: string): string | undefined {
  return /^codes:/m.test(file) ? undefined : file.replace(/^types:/m, () => `codes:\n${text}types:`);
}

/** What is mapped and no longer there, each time; what was only seen, once. */
function goneOf(config: AdapterConfig, seen: Seen, catalogue: Catalogue): readonly string[] {
  const mapped = [...tableColumns(config)].flatMap(([table, columns]) =>
    [...columns]
      .filter((column) => isGone(catalogue, table, column))
      .map((column) => `${oneLine(table)}.${oneLine(column)}, which adapter.yaml maps`),
  );
  const unmapped = Object.entries(seen.tables).flatMap(([table, columns]) =>
    columns
      .filter((column) => isGone(catalogue, table, column) && !tableColumns(config).get(table)?.has(column))
      .map((column) => `${oneLine(table)}.${oneLine(column)}`),
  );
  return [...mapped, ...unmapped];
}

function isGone(catalogue: Catalogue, table: string, column: string): boolean {
  const found = findTable(catalogue, table.slice(table.indexOf(".") + 1));
  return found === undefined || findColumn(found, column) === undefined;
}
