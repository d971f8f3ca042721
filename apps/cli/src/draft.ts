import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { checkbox, select } from "@inquirer/prompts";
import { ContractProblems, type Ground, loadProposal, printProblem, readGround } from "#libs/contracts";
import {
  type About,
  type Asker,
  batchNotes,
  type Drafted,
  firstDraft,
  isDatabase,
  mergeDraft,
  openDatabase,
  openService,
  type Question,
  readSeen,
  resourceText,
  SEEN_FILE,
  serviceSource,
  survey,
  surveyService,
  takenBy,
  takesGuesses,
} from "#libs/drafting";
import { grantsInWords } from "./account.js";
import { mappingProblems } from "./contract.js";
import { UsageError } from "./places.js";

export interface DraftOptions {
  readonly from: string;
  readonly into: string;
  readonly name: string;
  readonly schema?: string;
  readonly person?: string;
  readonly identifier?: readonly string[];
  readonly yes?: boolean;
}

/**
 * `weft adapter draft`: a ministry's folder from its database's own catalogue or its service's own document, every field closed; or, where there is one from an earlier
 * draft, what there is now and was not then. Reads names, estimates and a bounded sample; prints no value.
 */
export async function draftAdapter(options: DraftOptions): Promise<number> {
  const { name, into } = options;
  if (!/^[a-z][a-z0-9-]{1,30}$/.test(name)) throw new UsageError("--name is the folder's name, as in health.");
  const ground = await readGround(into, name);
  const from = addressOf(options.from);
  const { question, about, notes } = isDatabase(from)
    ? await lookAtDatabase(from, options, ground)
    : await lookAtService(from, options, ground);
  const drafted = ground.own.size === 0 ? firstDraft(question, about) : mergeDraft(ground.own, question, about);
  await writeChanged(path.join(into, "subgraphs", name), drafted, ground.own);
  sayWhatWasDrafted(drafted, question, name);
  for (const note of notes(drafted)) console.log(`${note}\n`);
  return await checkProposal(into);
}

interface Looked {
  readonly question: Question;
  readonly about: About;
  /** What its administrator is to know. */
  readonly notes: (drafted: Drafted) => readonly string[];
}

async function lookAtDatabase(from: string, options: DraftOptions, ground: Ground): Promise<Looked> {
  const reader = await openDatabase(from, options.schema);
  try {
    const question = await survey(reader, takenOn(ground), wishesOf(options, ground), askerOf(options));
    const about = { ...aboutMinistry(options.name, ground), source: databaseSource(options.name, question) };
    return { question, about, notes: ({ files }) => [grantsInWords(options.name, { own: files })] };
  } finally {
    await reader.close();
  }
}

/** Of a service its document alone is read: an OpenAPI document or a WSDL. */
async function lookAtService(from: string, options: DraftOptions, ground: Ground): Promise<Looked> {
  const service = await openService(from);
  const question = await surveyService(service, takenOn(ground), wishesOf(options, ground), askerOf(options));
  const source = serviceSource(question, `${variableOf(options.name)}_API`);
  const resource = (table: string) => resourceText(question, table);
  return {
    question,
    about: { ...aboutMinistry(options.name, ground), source, resource },
    notes: () => batchNotes(question),
  };
}

function takenOn({ schemes, schemas }: Ground) {
  return { schemes, taken: takenBy(schemas) };
}

/** The address, or the name of a variable that holds it: what stands in a command line is in every list of processes. */
function addressOf(from: string): string {
  const variable = /^env:([A-Z][A-Z0-9_]*)$/.exec(from)?.[1];
  const address = variable === undefined ? from : process.env[variable];
  if (address === undefined || address === "") throw new UsageError(`There is no variable ${variable ?? ""}.`);
  return address;
}

function wishesOf({ person, identifier = [] }: DraftOptions, ground: Ground) {
  const identifiers = identifier.map((wish) => {
    const [, column, scheme] = /^(.+)=([a-z0-9-]+)$/.exec(wish) ?? [];
    if (column === undefined || scheme === undefined || !ground.schemes.has(scheme))
      throw new UsageError(`--identifier is COLUMN=SCHEME. Schemes: ${[...ground.schemes.keys()].join(", ")}.`);
    return [column, scheme] as const;
  });
  const seen = ground.own.get(SEEN_FILE);
  return {
    person: person ?? (seen === undefined ? undefined : readSeen(seen).person),
    identifiers: new Map(identifiers),
  };
}

/** Without a terminal nobody can answer. */
function askerOf({ yes }: DraftOptions): Asker {
  if (yes === true || !process.stdin.isTTY) return takesGuesses;
  return {
    one: (message, choices, guess) => select({ message, choices: [...choices], default: guess }),
    some: (message, choices, guess) =>
      checkbox({ message, choices: choices.map((value) => ({ value, checked: guess.includes(value) })) }),
  };
}

function aboutMinistry(name: string, { registry }: Ground): Omit<About, "source"> {
  const provider = `org:${name}`;
  const register = registry.organisations[provider]?.name["en"] ?? name.slice(0, 1).toUpperCase() + name.slice(1);
  return { title: register, register, provider, languages: registry.languages };
}

/** What names of the ministry's variables begin with. */
function variableOf(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

function databaseSource(name: string, { catalogue }: Question): Readonly<Record<string, string>> {
  const variable = `${variableOf(name)}_DB`;
  const zone = /^([A-Za-z]+(\/[A-Za-z_+-]+)+|[+-]\d{2}:\d{2})$/.exec(catalogue.timezone ?? "")?.[0];
  const place: Readonly<Record<string, string>> =
    catalogue.kind === "sqlite" ? { file: `env:${variable}_FILE` } : { url: `env:${variable}_URL` };
  const schema = catalogue.kind === "postgres" && catalogue.schema !== null ? { schema: catalogue.schema } : {};
  return {
    kind: catalogue.kind,
    ...place,
    ...schema,
    ...(zone === undefined ? {} : { timezone: JSON.stringify(zone) }),
  };
}

async function writeChanged(folder: string, { files }: Drafted, before: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of files) if (before.get(name) !== text) await writeFile(path.join(folder, name), text);
}

function sayWhatWasDrafted(
  { files, added, gone }: Drafted,
  { person, identifiers, unwanted }: Question,
  name: string,
): void {
  const numbers = identifiers.identifiers.map(({ column, scheme }) => `${column} (${scheme})`).join(", ");
  console.log(`One row a person: ${person.name}, found by ${numbers}.`);
  for (const line of added) console.log(`  + ${line}`);
  for (const line of gone) console.log(`  - gone: ${line}`);
  if (unwanted.length > 0) console.log(`  not drafted, though rows belong to a person: ${unwanted.join(", ")}`);
  if (added.length === 0 && gone.length === 0) console.log("  nothing new, nothing gone");
  const asks = [...files.values()].join("\n").match(/# ask: /g)?.length ?? 0;
  console.log(`subgraphs/${name}: every field is closed. ${asks} remarks ask for an answer.\n`);
}

/** The whole folder, as `weft contract check --unsigned` judges it. */
async function checkProposal(dir: string): Promise<number> {
  try {
    const contracts = await loadProposal(dir, { unsigned: true });
    const problems = mappingProblems(contracts);
    for (const problem of problems) console.error(printProblem(problem));
    if (problems.length === 0) console.log(`${dir} passes \`weft contract check --unsigned\`.`);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ContractProblems)) throw error;
    for (const problem of error.problems) console.error(printProblem(problem));
    return 1;
  }
}
