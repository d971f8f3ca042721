import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CanonicalPerson, Coordinate, OrgId, PurposeCode } from "#libs/terms";
import { type AppProcess, loopbackUrl } from "./app-process.js";
import { writeClientFiles } from "./client-files.js";
import {
  type Consent,
  type ConsentRegister,
  officersWith,
  openConsentRegister,
  type Restriction,
} from "./consent-register.js";
import { type AppName, appNames, composeApps, ministries, type PartName, type Settings } from "./compose-apps.js";
import { namedPersons } from "./country/cast.js";
import type { Fund } from "./country/insurance.js";
import { type Country, editionOf, orvanda } from "./country/country.js";
import { type Database, type DatabaseUrls, loadDatabases, openDatabase, openMariadb } from "./databases.js";
import { hasMariadb } from "./mariadb.js";
import { openHealthDatabase } from "./mis/health-database.js";
import { type CountryFiles, countryFiles, generateFiles, keptEdition } from "./generate.js";
import { writeKeyFiles } from "./key-files.js";
import { reservePort } from "./ports.js";
import { writeCaseRegisters } from "./case-registers.js";
import type { Certificates } from "./personas.js";
import { CONSENTING } from "./questions.js";
import { repository } from "./repository.js";

/**
 * All of Orvanda on one machine: the ministries' systems, their adapters, the access log and its witness, and the gateway, each a process of its
 * own on loopback. Boots top to bottom, stops in the opposite order, and leaves nothing running that it started.
 */
export interface NetworkOptions {
  /** Everything that the sandbox keeps. Default: WEFT_SANDBOX_DIR, else `.weft` in the repository. */
  readonly dataDir?: string;
  readonly people?: number;
  readonly contracts?: string;
  /** Taken where free, else any that is. */
  readonly ports?: Partial<Record<PartName, number>>;
  /** Where the log keeps its records: its superuser's address of an empty database. The sandbox's own server unless told. */
  readonly logDatabase?: string;
  /** What else an app is told, for example the files of its certificates. */
  readonly settings?: Settings;
  /** What the personas' systems show of themselves, where they are asked for it; their tokens are then bound to it. */
  readonly certificates?: Certificates;
  /** True: with the console. Nobody but reviewers asks it anything; without, `startApp` starts it whenever somebody does. */
  readonly console?: boolean;
  readonly onProgress?: (step: string) => void;
}

export interface Network {
  readonly dataDir: string;
  readonly country: Country;
  readonly files: CountryFiles;
  readonly urls: Readonly<Record<AppName, string>>;
  /** Where each one's health and metrics are. */
  readonly operationsUrls: Readonly<Record<AppName, string>>;
  readonly certificates: Certificates | undefined;
  readonly consents: Pick<ConsentRegister, "giveConsent" | "withdrawConsent" | "restrict">;
  /** The consent record of the third question, given anew at each start. */
  readonly referralConsent: string;
  superuserUrl: (database: string) => string;
  /** The same of the MariaDB, where there is one. */
  mariadbUrl: (database: string) => string | undefined;
  startApp(name: PartName): Promise<void>;
  stopApp(name: PartName): Promise<void>;
  /** SIGKILL: what a power cut looks like. */
  kill(name: PartName): Promise<void>;
  pidOf: (name: PartName) => number | undefined;
  /** Makes one of the services busy (503), slow (30 s) or well again; of the social insurance one fund, where `of` says so. */
  behave(mis: "disability" | "pay" | "insurance" | "employment", as: "ok" | "busy" | "slow", of?: Fund): Promise<void>;
  stop(): Promise<void>;
}

export const defaultDataDir = path.resolve(process.env["WEFT_SANDBOX_DIR"] ?? path.join(repository, ".weft"));
export const defaultContracts = path.join(repository, "contracts");

const usualPorts: Record<PartName, number> = {
  gateway: 4000,
  log: 4010,
  consent: 4015,
  adapter: 4020,
  disability: 4031,
  pay: 4032,
  insurance: 4033,
  employment: 4034,
  postgres: 4040,
  mariadb: 4041,
  issuer: 4050,
  witness: 4060,
  console: 4070,
};

export async function startNetwork(options: NetworkOptions = {}): Promise<Network> {
  const dataDir = path.resolve(options.dataDir ?? defaultDataDir);
  const contracts = path.resolve(options.contracts ?? defaultContracts);
  const country = orvanda(options.people ?? 10_000);
  const { certificates } = options;
  const say = options.onProgress ?? (() => {});
  const running: { stop(): Promise<void> | void }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of running.splice(0).toReversed()) await part.stop();
  };
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const fresh = keptEdition(dataDir) !== editionOf(country);
    if (fresh) forget(dataDir);
    const ports = await choosePorts(options.ports ?? {});
    const consoleUrl = loopbackUrl(ports.console, options.settings?.console ?? {});
    const keys = writeKeyFiles(path.join(dataDir, "keys"), ministries, { certificates, consoleUrl });

    const database = openDatabase(dataDir, ports.postgres);
    const mariadb = hasMariadb ? openMariadb(dataDir, ports.mariadb) : undefined;
    running.push(database, ...(mariadb ? [mariadb] : []));
    say(fresh ? `Making ${country.people} people and their registers` : "Opening the country");
    const kept = { database, mariadb, fresh, logDatabase: options.logDatabase };
    const databases = await openCountry(country, dataDir, kept);

    say(
      "Starting the ministries, their adapters, the log and its witness, the token service, the consent register and the gateway",
    );
    const apps = composeApps({
      dataDir,
      contracts,
      ports,
      keys,
      files: countryFiles(dataDir),
      caseRegisters: writeCaseRegisters(country, dataDir),
      databases,
      settings: options.settings ?? {},
    });
    for (const name of appNames) running.push(apps[name]);
    const urls = ofEach((name) => apps[name].url);
    const consents = openConsentRegister(urls.consent, officersWith(urls, certificates));
    const wanted = appNames.filter((name) => name !== "console" || options.console);
    const started = Object.fromEntries(wanted.map((name) => [name, apps[name].start()]));
    const spoken = Promise.all([started["consent"], started["issuer"]]).then(() =>
      letPeopleSpeak(country, consents, dataDir, fresh),
    );
    const [referralConsent] = await Promise.all([spoken, ...Object.values(started)]);
    writeClientFiles(path.join(dataDir, "clients"), urls, certificates);
    const asKept = { dataDir, country, database, mariadb, certificates };
    return networkOf({ ...asKept, apps, consents, referralConsent, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Kept {
  readonly database: Database;
  readonly mariadb: Database | undefined;
  readonly fresh: boolean;
  readonly logDatabase?: string | undefined;
}

async function openCountry(country: Country, dataDir: string, kept: Kept): Promise<DatabaseUrls> {
  const { database, mariadb, fresh, logDatabase } = kept;
  const [databases, health] = await Promise.all([
    database.start().then(() => loadDatabases(database, country, { fresh, logDatabase })),
    mariadb?.start().then(() => openHealthDatabase(mariadb.server().superuserUrl, country)),
    fresh ? generateFiles(country, dataDir) : Promise.resolve(),
  ]);
  return { ...databases, health };
}

/** The country's databases and files and nothing that runs. A copy of the folder is a country that starts as this one would. */
export async function makeCountry(people: number, dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = openDatabase(dataDir, await reservePort(usualPorts.postgres));
  const mariadb = hasMariadb ? openMariadb(dataDir, await reservePort(usualPorts.mariadb)) : undefined;
  try {
    await openCountry(orvanda(people), dataDir, { database, mariadb, fresh: true });
  } finally {
    await Promise.all([database.stop(), mariadb?.stop()]);
  }
}

/** What belongs to another country's people: its files, its consents, and what the adapters remember of them. */
function forget(dataDir: string): void {
  for (const kept of ["mis", "truth", "state"]) rmSync(path.join(dataDir, kept), { recursive: true, force: true });
}

async function choosePorts(wanted: Partial<Record<PartName, number>>): Promise<Record<PartName, number>> {
  const chosen = { ...usualPorts, ...wanted };
  for (const name of Object.keys(usualPorts) as PartName[]) chosen[name] = await reservePort(chosen[name]);
  return chosen;
}

/** Those whom the country's stories restrict, once; then the consent of the third question, anew at each start. */
async function letPeopleSpeak(country: Country, consents: ConsentRegister, dataDir: string, fresh: boolean) {
  const spoken = path.join(dataDir, "state", "people-have-spoken");
  if (fresh || !existsSync(spoken)) {
    await consents.restrict(...restrictionsOf(country));
    writeFileSync(spoken, "");
  }
  const { nid } = country.person(namedPersons.get(CONSENTING) ?? 0);
  const consent = referralConsentOf(`nid:${nid ?? ""}` as CanonicalPerson);
  await consents.withdrawAll(consent);
  return consents.giveConsent(consent);
}

function restrictionsOf(country: Country): Restriction[] {
  return [...country.persons()].flatMap(({ nid, stories }) => {
    const kind = stories.includes("protected") ? "protection" : stories.includes("objector") ? "objection" : null;
    return nid === null || kind === null ? [] : [{ person: `nid:${nid}` as CanonicalPerson, kind }];
  });
}

/** What a person agrees to who lets the clinic read the assessment of their disability. */
export function referralConsentOf(person: CanonicalPerson): Consent {
  const fields = ["status", "since", "assessedLevel", "programme", "source", "asOf", "quality"];
  return {
    person,
    recipient: "org:clinic" as OrgId,
    purposes: ["referral" as PurposeCode],
    coordinates: [
      "Person.disability" as Coordinate,
      ...fields.map((field) => `DisabilityEnrolment.${field}` as Coordinate),
    ],
  };
}

interface Running {
  readonly dataDir: string;
  readonly country: Country;
  readonly apps: Readonly<Record<AppName, AppProcess>>;
  readonly database: Database;
  readonly mariadb: Database | undefined;
  readonly certificates: Certificates | undefined;
  readonly consents: ConsentRegister;
  readonly referralConsent: string;
  readonly stop: () => Promise<void>;
}

function networkOf({ country, apps, database, mariadb, stop, ...rest }: Running): Network {
  const part = (name: PartName) => {
    if (name === "postgres") return database;
    if (name !== "mariadb") return apps[name];
    if (!mariadb) throw new Error("This machine has no MariaDB.");
    return mariadb;
  };
  const pidOf = (name: PartName) => {
    if (name === "postgres") return database.server().pid;
    return name === "mariadb" ? mariadb?.server().pid : apps[name].pid;
  };
  return {
    ...rest,
    country,
    files: countryFiles(rest.dataDir),
    urls: ofEach((name) => apps[name].url),
    operationsUrls: ofEach((name) => apps[name].operationsUrl),
    superuserUrl: (name) => database.server().superuserUrl(name),
    mariadbUrl: (name) => mariadb?.server().superuserUrl(name),
    startApp: (name) => part(name).start(),
    stopApp: (name) => part(name).stop(),
    kill: (name) => part(name).kill(),
    pidOf,
    async behave(mis, as, of) {
      await fetch(`${apps[mis].url}/__behaviour?is=${as}${of ? `&of=${of}` : ""}`, { method: "POST" });
    },
    stop,
  };
}

function ofEach<T>(of: (name: AppName) => T): Record<AppName, T> {
  return Object.fromEntries(appNames.map((name) => [name, of(name)])) as Record<AppName, T>;
}
