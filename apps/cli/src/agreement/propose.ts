import { input, select } from "@inquirer/prompts";
import {
  type AgreementWish,
  type Contracts,
  loadProposal,
  type Openings,
  openingsFor,
  proposeAgreement,
} from "#libs/contracts";
import { agreementPageWords, namesOf } from "#libs/review";
import { parseOrgId, type PurposeCode } from "#libs/terms";
import { wordsIn } from "../joining/application.js";
import { UsageError } from "../places.js";

export interface ProposeOptions {
  readonly contracts: string;
  readonly provider: string;
  readonly consumer: string;
  readonly purpose: string;
  readonly basis?: string;
  readonly provision?: string;
  readonly subjects: "applicants" | "any";
  readonly from?: string;
  readonly until?: string;
  readonly persons: number;
  readonly officerDay: number;
  readonly oldest?: string;
  readonly retention?: string;
  readonly records?: string;
  readonly summary?: readonly string[];
  readonly lists?: boolean;
}

/**
 * `weft agreement new`: an agreement over every field that the provider's schema opens for the purpose, which neither side has signed. What
 * only people know is asked for: the provision in law, until when, for how long the consumer may keep what it is told.
 */
export async function newAgreement(id: string, options: ProposeOptions): Promise<number> {
  const provider = parseOrgId(options.provider);
  const openings = await openingsFor(options.contracts, provider, options.purpose);
  if (!openings.purposes.includes(options.purpose))
    throw new UsageError(`${options.purpose} is not a purpose. Purposes: ${openings.purposes.join(", ")}.`);
  const contracts = await loadProposal(options.contracts, { unsigned: true, compose: false });
  const wish = await wishOf(id, options, openings, contracts);
  const file = await proposeAgreement(options.contracts, wish);
  const { fields, lists } = openings;
  const count = Object.values(fields.get(wish.grant.basis) ?? {}).flat().length;
  console.log(
    `${options.contracts}/${file}: ${count} ${count === 1 ? "field" : "fields"}, which the schema opens for ${options.purpose}.`,
  );
  const closed = wish.lists ? [] : (lists.get(wish.grant.basis) ?? []);
  if (closed.length > 0) console.log(`  not granted: the lists ${closed.join(", ")} (--lists grants them)`);
  console.log(`Read it by weft agreement show ${id}, take out what is not needed; then ${provider} signs it.`);
  return 0;
}

async function wishOf(
  id: string,
  options: ProposeOptions,
  openings: Openings,
  contracts: Contracts,
): Promise<AgreementWish> {
  const { purpose, subjects, persons, officerDay, oldest, records } = options;
  const [provider, consumer] = [parseOrgId(options.provider), parseOrgId(options.consumer)];
  const basis = await basisOf(options, openings);
  const provision = await told(options.provision, "--provision", "Which provision of law, as a court would cite it?");
  const until = dayAt(await told(options.until, "--until", "Until which day? (as in 2027-12-31)"), "23:59:59");
  const retention = await told(
    options.retention,
    "--retention",
    "For how long may it keep what it is told? (as in P30D)",
  );
  const today = new Date().toISOString().slice(0, 10);
  return {
    agreement: id as AgreementWish["agreement"],
    provider,
    consumer,
    summary: summaryOf(options, openings, contracts),
    valid: { from: dayAt(options.from ?? today, "00:00:00"), until },
    grant: { purpose: purpose as PurposeCode, basis, provision, subjects },
    limits: {
      personsPerRequest: persons,
      personsPerOfficerDay: officerDay,
      ...(oldest !== undefined && { oldestData: oldest }),
    },
    duties: { retention, onward: "none", ...(records !== undefined && { records }) },
    lists: options.lists === true,
  };
}

type Basis = AgreementWish["grant"]["basis"];

/** The schema's rule says on which grounds; where it says one, that is it. */
async function basisOf({ basis, purpose, provider }: ProposeOptions, { fields }: Openings): Promise<Basis> {
  const offered = [...fields.keys()];
  const [only, ...others] = offered;
  if (only === undefined)
    throw new UsageError(
      `${provider} opens no field for ${purpose}: name it in the @release of a field or type of its schema.graphql.`,
    );
  if (basis !== undefined) {
    const found = offered.find((one) => one === basis);
    if (found === undefined)
      throw new UsageError(`${provider} opens nothing on ${basis}: its schema says ${offered.join(", ")}.`);
    return found;
  }
  if (others.length === 0) return only;
  if (!process.stdin.isTTY) throw new UsageError(`Name a ground in law by --basis: ${offered.join(", ")}.`);
  return select({ message: "On which ground in law?", choices: offered });
}

/** Without a terminal nobody can answer. */
async function told(given: string | undefined, option: string, message: string): Promise<string> {
  if (given !== undefined) return given;
  if (!process.stdin.isTTY) throw new UsageError(`${option} is missing: ${message}`);
  return input({ message, validate: (text) => text.trim() !== "" });
}

function dayAt(text: string, time: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T${time}Z`;
  if (/^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(text)) return text;
  throw new UsageError(`${text} is not a day, as in 2027-12-31.`);
}

/** One sentence in each of the registry's languages; a better one is written by --summary or by hand. */
function summaryOf(options: ProposeOptions, { registry }: Openings, contracts: Contracts): Record<string, string> {
  if (options.summary !== undefined) return wordsIn(registry.languages, options.summary, "--summary");
  return Object.fromEntries(
    registry.languages.map((language) => {
      const names = namesOf(contracts, language);
      const [consumer, provider] = [names.organisation(options.consumer), names.organisation(options.provider)];
      return [
        language,
        agreementPageWords(language).summary(consumer, provider, names.purpose(options.purpose as PurposeCode)),
      ];
    }),
  );
}
