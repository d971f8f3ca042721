import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Kind, parse, print } from "graphql";
import { type Contracts, loadContracts, registerOperation, suspendOperation } from "#libs/contracts";
import { prepareOperation, Supergraph } from "#libs/supergraph";
import type { Coordinate, OrgId } from "#libs/terms";
import { namesOf } from "#libs/review";
import { additionInWords } from "./operation-words.js";
import { authorityKey, readPrivateKey, UsageError } from "./places.js";

export interface RegisterOptions {
  readonly agreement: string;
  readonly key: string;
  readonly name?: string;
  readonly contracts: string;
  readonly authority?: string;
  readonly language: string;
}

/** `weft register`: an operation under an agreement, within the grant, by the consumer's own signature. */
export async function register(file: string, options: RegisterOptions): Promise<number> {
  const { agreement: id, contracts: dir, language } = options;
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  const contracts = await loadContracts(dir, { authorityKey: authorityKey(options.authority) });
  const signed = contracts.agreements.find(({ agreement }) => agreement.agreement === id);
  if (!signed) throw new UsageError(`There is no agreement ${id}.`);
  const { consumer, limits } = signed.agreement;
  const query = readFileSync(file, "utf8");
  const supergraph = supergraphOf(contracts);
  const { text, touched } = prepareOperation(supergraph, query);
  assertRows(query, limits.personsPerRequest, contracts);
  const before = askedBy(consumer, contracts, supergraph);
  const name = options.name ?? path.basename(file, ".graphql");
  const files = await registerOperation(
    dir,
    { agreement: id, name, text: `${print(parse(text))}\n`, written: { file, text: query } },
    readPrivateKey(options.key),
  );
  const names = namesOf(contracts, language);
  console.log(`Registered ${name} under ${id}, signed as ${consumer}: ${files.join(", ")}`);
  console.log(additionInWords({ touched, before, rules: contracts.rules, consumer }, names));
  console.log("It serves once the registry authority has signed the folder again.");
  return 0;
}

/** `weft operation suspend`: the provider's word that an operation is not to be answered. */
export async function suspend(
  id: string,
  name: string,
  options: { readonly key: string; readonly contracts: string },
): Promise<number> {
  const file = await suspendOperation(options.contracts, id, name, readPrivateKey(options.key));
  console.log(`Suspended ${name} under ${id}: ${file}`);
  console.log("It is refused once the registry authority has signed the folder again.");
  return 0;
}

/** References are nobody's to grant, here as at the gateway. */
function supergraphOf({ supergraphSdl }: Contracts): Supergraph {
  const asItIs = { receive: (value: unknown) => value, send: (value: unknown) => value };
  return new Supergraph(supergraphSdl, { scalars: { PersonRef: asItIs } });
}

/** All that the organisation's registered operations ask today, of whichever provider. */
function askedBy(consumer: OrgId, { agreements }: Contracts, supergraph: Supergraph): ReadonlySet<Coordinate> {
  const own = agreements.filter(({ agreement }) => agreement.consumer === consumer);
  const texts = own.flatMap(({ registered = [] }) => registered.filter((it) => !it.suspended).map((it) => it.text));
  return new Set(texts.flatMap((text) => [...prepareOperation(supergraph, text).touched]));
}

/** A page size that stands in the text is judged here; one that is a variable, with each question. */
function assertRows(query: string, most: number, { rules }: Contracts): void {
  for (const definition of parse(query).definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const field of definition.selectionSet.selections) {
      if (field.kind !== Kind.FIELD || rules.get(`Query.${field.name.value}` as Coordinate)?.kind !== "entry") continue;
      const first = field.arguments?.find(({ name }) => name.value === "first")?.value;
      if (first?.kind === Kind.INT && Number(first.value) > most)
        throw new UsageError(
          `${field.name.value} asks for ${first.value} rows: the agreement allows ${most} persons a request.`,
        );
    }
  }
}
