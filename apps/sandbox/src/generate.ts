import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { type Country, editionOf } from "./country/country.js";
import { truthOf } from "./country/truth.js";
import { caseOf } from "./mis/disability-cases.js";
import { farmCells, writeFarmRegister } from "./mis/farm-register.js";
import { encodeRegister, foodLine, foodRegisterHead } from "./mis/food-register.js";
import { insuranceRecords } from "./mis/insurance-accounts.js";
import { jobseekerRecord } from "./mis/jobseekers.js";
import { payeesOf } from "./mis/payees.js";
import { writeSchoolRegister } from "./mis/school-register.js";

/** The files of the MISs that are no databases, and the truth next to them. */
export interface CountryFiles {
  readonly disabilityCases: string;
  readonly payees: string;
  readonly payments: string;
  readonly foodRegister: string;
  readonly farmRegister: string;
  readonly schoolRegister: string;
  readonly insured: string;
  readonly jobseekers: string;
  readonly insuranceAccounts: string;
  /** What is true; no MIS and no app may read it. */
  readonly truth: string;
}

export function countryFiles(dataDir: string): CountryFiles {
  const mis = (...names: string[]) => path.join(dataDir, "mis", ...names);
  return {
    disabilityCases: mis("disability", "cases.jsonl"),
    payees: mis("pay", "payees.jsonl"),
    payments: mis("pay", "payments.jsonl"),
    foodRegister: mis("food", "registrum.csv"),
    farmRegister: mis("farm", "register-2026.xlsx"),
    schoolRegister: mis("education", "schools.db"),
    jobseekers: mis("employment", "jobseekers.jsonl"),
    insured: mis("insurance", "insured.jsonl"),
    insuranceAccounts: mis("insurance", "accounts.jsonl"),
    truth: path.join(dataDir, "truth", "people.jsonl"),
  };
}

/** Which country a data folder holds; undefined where it holds none, or a half-written one. */
export function keptEdition(dataDir: string): string | undefined {
  const marker = path.join(dataDir, "edition");
  return existsSync(marker) ? readFileSync(marker, "utf8").trim() : undefined;
}

/** Writes all files anew. The marker comes last, so that an interrupted run is not taken for a finished one. */
export async function generateFiles(country: Country, dataDir: string): Promise<void> {
  const files = countryFiles(dataDir);
  rmSync(path.join(dataDir, "edition"), { force: true });
  for (const file of Object.values(files) as string[]) mkdirSync(path.dirname(file), { recursive: true });
  writeLineFiles(country, files);
  rmSync(files.schoolRegister, { force: true });
  writeSchoolRegister(files.schoolRegister, country.prf, country.persons());
  await writeFarmRegister(files.farmRegister, farmRows(country));
  const marker = path.join(dataDir, "edition");
  writeFileSync(`${marker}.new`, `${editionOf(country)}\n`);
  renameSync(`${marker}.new`, marker);
}

function writeLineFiles(country: Country, files: CountryFiles): void {
  const { prf } = country;
  const outs = new Map<string, LineFile>();
  const put = (file: string, content: string | Buffer): void => {
    const out = outs.get(file) ?? openLineFile(file);
    outs.set(file, out);
    out.write(Buffer.from(content));
  };
  const putRecords = (file: string, records: readonly object[]): void => {
    for (const record of records) put(file, `${JSON.stringify(record)}\n`);
  };
  put(files.foodRegister, encodeRegister(foodRegisterHead()));
  for (const person of country.persons()) {
    const found = caseOf(prf, person);
    const { payees, payments } = payeesOf(prf, person);
    const line = foodLine(prf, person);
    putRecords(files.disabilityCases, found ? [found] : []);
    putRecords(files.payees, payees);
    putRecords(files.payments, payments);
    if (line !== null) put(files.foodRegister, encodeRegister(line));
    const job = jobseekerRecord(prf, person);
    putRecords(files.jobseekers, job ? [job] : []);
    const { insured, accounts } = insuranceRecords(prf, person);
    putRecords(files.insured, insured);
    putRecords(files.insuranceAccounts, accounts);
    putRecords(files.truth, [truthOf(country, person)]);
  }
  for (const out of outs.values()) out.close();
}

function* farmRows(country: Country): Generator<(string | number | Date | null)[]> {
  for (const person of country.persons()) {
    const cells = farmCells(country.prf, person);
    if (cells) yield cells;
  }
}

interface LineFile {
  write(bytes: Buffer): void;
  close(): void;
}

const FLUSH = 256 * 1024;

/** Gathers lines and writes them in large pieces. */
function openLineFile(file: string): LineFile {
  const descriptor = openSync(file, "w");
  let waiting: Buffer[] = [];
  let size = 0;
  const flush = (): void => {
    writeSync(descriptor, Buffer.concat(waiting));
    waiting = [];
    size = 0;
  };
  return {
    write: (bytes) => {
      waiting.push(bytes);
      if ((size += bytes.length) > FLUSH) flush();
    },
    close: () => {
      flush();
      closeSync(descriptor);
    },
  };
}
