import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { entryOf, parseProof, readDisclosures, RECORD_TYP, RecordPayload, verifyProof } from "#libs/access-log";
import { type Contracts, isValidAt } from "#libs/contracts";
import { type AccessLetter, type LetterAccess, type LetterKeys, verifyLetter } from "#libs/review";
import { digestOf, parseJws, WeftError } from "#libs/terms";
import { assertSignedByIssuer } from "./log.js";
import { type AuditOptions, believe, type Believed, openAs, vouchers } from "./log-audit.js";
import { UsageError } from "./places.js";

/**
 * A letter to a person, from its file alone: that a console of the registry signed it, and that each access in it, or the one at `index`, was in
 * the log as it says. Nothing is fetched.
 */
export async function verifyLetterFile(
  file: string,
  index: number | undefined,
  options: AuditOptions,
): Promise<number> {
  const believed = await believe(options);
  const { contracts } = believed;
  if (!contracts) throw new UsageError("A letter is held against the contracts: leave --vkey out.");
  const letter = await verifyLetter(await readText(file), keysOf(contracts));
  if (options.pdf !== undefined) await assertPrint(options.pdf, letter);
  const accesses = letter.accesses.filter(({ proof }) => index === undefined || proof.index === index);
  if (index !== undefined && accesses.length === 0) throw new UsageError(`The letter tells of no access ${index}.`);
  console.log(
    `Letter ${letter.number}, signed by ${letter.iss}, from ${letter.period.from} to ${letter.period.until}.`,
  );
  if (options.pdf !== undefined) console.log("The print is the one that was made with it.");
  for (const access of accesses) console.log(`${verifyAccess(access, believed, contracts)}, ${vouchers(believed)}.`);
  if (accesses.length === 0) console.log("It tells of no access.");
  return 0;
}

function verifyAccess({ proof }: LetterAccess, believed: Believed, contracts: Contracts): string {
  const { index, jwt, disclosures, proof: text } = proof;
  const payload = RecordPayload.parse(parseJws(jwt, RECORD_TYP).payload);
  assertSignedByIssuer(jwt, payload, contracts);
  readDisclosures(disclosures, payload);
  const verified = verifyProof(text, entryOf(jwt), believed.logs);
  if (verified.index !== index)
    throw new WeftError("PROOF_REJECTED", { message: `The proof is of entry ${verified.index}, not of ${index}.` });
  openAs(parseProof(text).checkpoint, believed);
  return `Entry ${index} of a tree of ${verified.size} is this access`;
}

/** Consoles sign letters; what they are in the registry for is in its `reviews`. */
function keysOf({ registry }: Contracts): LetterKeys {
  return (iss, kid, at): KeyObject | undefined => {
    const listed = registry.reviews?.find(({ id }) => id === iss)?.keys.find((key) => key.kid === kid);
    if (!listed || !isValidAt(listed, new Date(at * 1000))) return undefined;
    return createPublicKey({ key: listed.jwk, format: "jwk" });
  };
}

async function assertPrint(file: string, { pdf }: AccessLetter): Promise<void> {
  const bytes = await readFile(file).catch(() => {
    throw new UsageError(`There is no file ${file}.`);
  });
  if (digestOf(bytes) !== pdf) throw new UsageError(`${file} is not the print of this letter.`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new UsageError(`There is no letter ${file}.`);
  }
}
