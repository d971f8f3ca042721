import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CanonicalPerson, Coordinate, OrgId, PurposeCode } from "#libs/terms";
import { type AppProcess, createApp, loopbackUrl } from "./app-process.js";
import { writeClientFiles } from "./client-files.js";
import {
  type Consent,
  type ConsentRegister,
  officersWith,
  openConsentRegister,
  PROTECTING,
  type Restriction,
} from "./consent-register.js";
import { namedPersons } from "./country/cast.js";
import { type Country, editionOf, orvanda } from "./country/country.js";
import { type Database, type DatabaseUrls, loadDatabases, openDatabase } from "./databases.js";
import { type CountryFiles, countryFiles, generateFiles, keptEdition } from "./generate.js";
import { issuingOrganisations } from "./issuer-files.js";
import { type KeyFiles, LOG_ORIGIN, WITNESS_NAME, writeKeyFiles } from "./key-files.js";
import { reservePort } from "./ports.js";
import type { Certificates } from "./personas.js";
import { CONSENTING } from "./questions.js";
import { repository } from "./repository.js";

/**
 * All of Orvanda on one machine: six systems of six ministries, their adapters, the access log and its witness, and the gateway, each a process of its
 * own on loopback. Boots top to bottom, stops in the opposite order, and leaves nothing running that it started.
 */
export interface NetworkOptions {
  /** Everything that the sandbox keeps. Default: WEFT_SANDBOX_DIR, else `.weft` in the repository. */
  readonly dataDir?: string;
  readonly people?: number;
  readonly contracts?: string;
  /** Taken where free, else any that is. */
  readonly ports?: Partial<Record<AppName | "postgres", number>>;
  /** Where the log keeps its records: its superuser's address of an empty database. The sandbox's own server unless told. */
  readonly logDatabase?: string;
  /** What else an app is told, for example the files of its certificates. */
  readonly settings?: Settings;
  /** What the personas' systems show of themselves, where they are asked for it; their tokens are then bound to it. */
  readonly certificates?: Certificates;
  readonly onProgress?: (step: string) => void;
}

export const appNames = [
  "disability",
  "pay",
  "witness",
  "log",
  "issuer",
  "consent",
  "adapter",
  "console",
  "gateway",
] as const;
export type AppName = (typeof appNames)[number];
export type PartName = AppName | "postgres";
type Settings = Partial<Readonly<Record<AppName, Readonly<Record<string, string>>>>>;

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
  startApp(name: PartName): Promise<void>;
  stopApp(name: PartName): Promise<void>;
  /** SIGKILL: what a power cut looks like. */
  kill(name: PartName): Promise<void>;
  pidOf: (name: PartName) => number | undefined;
  /** Makes one of the REST systems busy (503), slow (30 s) or well again. */
  behave(mis: "disability" | "pay", as: "ok" | "busy" | "slow"): Promise<void>;
  stop(): Promise<void>;
}

export const ministries = ["civil", "cash", "disability", "food", "farm", "pay"] as const;

/** Receipts name it for as long as they live, whatever port the register has today. */
const STATUS_URI = "https://registry.orvanda.example/status";

export const defaultDataDir = path.resolve(process.env["WEFT_SANDBOX_DIR"] ?? path.join(repository, ".weft"));
export const defaultContracts = path.join(repository, "contracts");

const usualPorts: Record<AppName | "postgres", number> = {
  gateway: 4000,
  log: 4010,
  consent: 4015,
  adapter: 4020,
  disability: 4031,
  pay: 4032,
  postgres: 4040,
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
    running.push(database);
    say(fresh ? `Making ${country.people} people and their registers` : "Opening the country");
    const [databases] = await Promise.all([
      database.start().then(() => loadDatabases(database, country, { fresh, logDatabase: options.logDatabase })),
      fresh ? generateFiles(country, dataDir) : Promise.resolve(),
    ]);

    say(
      "Starting six ministries, their adapters, the log and its witness, the token service, the consent register, the console and the gateway",
    );
    const apps = composeApps({
      dataDir,
      contracts,
      ports,
      keys,
      files: countryFiles(dataDir),
      databases,
      settings: options.settings ?? {},
    });
    for (const name of appNames) running.push(apps[name]);
    const urls = ofEach((name) => apps[name].url);
    const consents = openConsentRegister(urls.consent, officersWith(urls, certificates));
    const started = Object.fromEntries(appNames.map((name) => [name, apps[name].start()]));
    const spoken = Promise.all([started["consent"], started["issuer"]]).then(() =>
      letPeopleSpeak(country, consents, dataDir, fresh),
    );
    const [referralConsent] = await Promise.all([spoken, ...Object.values(started)]);
    writeClientFiles(path.join(dataDir, "clients"), urls, certificates);
    return networkOf({ dataDir, country, apps, database, certificates, consents, referralConsent, stop });
  } catch (error) {
    await stop();
    throw error;
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

interface Composition {
  readonly dataDir: string;
  readonly contracts: string;
  readonly ports: Readonly<Record<PartName, number>>;
  readonly keys: KeyFiles;
  readonly files: CountryFiles;
  readonly databases: DatabaseUrls;
  readonly settings: Settings;
}

function composeApps(composition: Composition): Record<AppName, AppProcess> {
  const { dataDir, contracts, ports, keys, files, settings } = composition;
  const secrets = { disability: randomBytes(18).toString("base64url"), pay: randomBytes(18).toString("base64url") };
  const at = (name: AppName) => loopbackUrl(ports[name], settings[name] ?? {});
  const state = (name: string): string => {
    const dir = path.join(dataDir, ["adapter", "consent"].includes(name) ? "state" : "seen", name);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return dir;
  };
  const app = (name: AppName, script: string, ready: string, env: Record<string, string>): AppProcess =>
    createApp({ name, script, ready, env, port: ports[name], logFile: path.join(dataDir, "logs", `${name}.log`) });
  const server = (name: AppName) => ({
    WEFT_HOST: "127.0.0.1",
    WEFT_PORT: String(ports[name]),
    WEFT_MODE: "sandbox",
    WEFT_CONTRACTS: contracts,
    WEFT_AUTHORITY_FILE: keys.authority,
    WEFT_STATE_DIR: state(name),
    APOLLO_TELEMETRY_DISABLED: "1",
    ...settings[name],
  });
  const calls = { WEFT_LOG_URL: at("log"), WEFT_CONSENT_URL: at("consent") };
  const adapterEnv = { ...server("adapter"), ...calls, ...ministriesEnv(composition, at, secrets) };
  // For `weft adapter try`, which an engineer of the ministry runs beside the adapter.
  keys.secret("adapter.env", envFileOf(adapterEnv));
  return {
    disability: app("disability", "apps/sandbox/src/mis/disability.js", "/health", {
      PORT: String(ports.disability),
      MIS_FILE: files.disabilityCases,
      MIS_SECRET: secrets.disability,
    }),
    pay: app("pay", "apps/sandbox/src/mis/pay.js", "/health", {
      PORT: String(ports.pay),
      PAYEES_FILE: files.payees,
      PAYMENTS_FILE: files.payments,
      MIS_SECRET: secrets.pay,
    }),
    log: app("log", "bin/access-log.js", "/health/ready", { ...server("log"), ...logEnv(composition, at) }),
    witness: app("witness", "bin/witness.js", "/health/ready", { ...server("witness"), ...witnessEnv(keys) }),
    issuer: app("issuer", "bin/issuer.js", "/health/ready", {
      ...server("issuer"),
      ...issuerEnv(composition, at),
    }),
    consent: app("consent", "bin/consent.js", "/health/ready", {
      ...server("consent"),
      ...registerEnv(composition, at("consent")),
    }),
    console: app("console", "bin/console.js", "/health/ready", {
      ...server("console"),
      ...consoleEnv(composition, at),
    }),
    adapter: app("adapter", "bin/adapter.js", "/health/ready", adapterEnv),
    gateway: app("gateway", "bin/gateway.js", "/health/ready", {
      ...server("gateway"),
      ...gatewayEnv(composition, at),
    }),
  };
}

function logEnv({ keys, databases }: Composition, at: (name: AppName) => string): Record<string, string> {
  return {
    DATABASE_URL_FILE: keys.secret("accesslog.url", databases.accessLog),
    WEFT_LOG_ORIGIN: LOG_ORIGIN,
    WEFT_LOG_KEY_FILE: keys.logSigning,
    WEFT_WITNESSES: JSON.stringify({ [WITNESS_NAME]: at("witness") }),
  };
}

function witnessEnv({ witnessSigning, witnessPins }: KeyFiles): Record<string, string> {
  return {
    WEFT_WITNESS_NAME: WITNESS_NAME,
    WEFT_WITNESS_KEY_FILE: witnessSigning,
    WEFT_PINS_FILE: witnessPins,
  };
}

function gatewayEnv({ keys }: Composition, at: (name: AppName) => string): Record<string, string> {
  return {
    WEFT_PUBLIC_URL: at("gateway"),
    WEFT_GATEWAY_ID: "gateway:main",
    WEFT_SIGNING_KEY_FILE: keys.gatewaySigning,
    WEFT_SEAL_MASTER_FILE: keys.sealMaster,
    WEFT_LOG_URL: at("log"),
    // One small machine runs everything: the first question finds cold files and connections.
    WEFT_DEADLINE: "8000",
    WEFT_PROVIDER_DEADLINE: "4000",
    WEFT_ADAPTERS: JSON.stringify(
      Object.fromEntries(ministries.map((name) => [`org:${name}`, `${at("adapter")}/${name}`])),
    ),
  };
}

function issuerEnv({ keys, databases }: Composition, at: (name: AppName) => string): Record<string, string> {
  return {
    WEFT_PUBLIC_URL: at("issuer"),
    WEFT_ORGANISATIONS: issuingOrganisations.join(","),
    WEFT_RESOURCES: `${at("gateway")},${at("consent")}`,
    WEFT_CLIENTS_FILE: keys.issuerClients,
    WEFT_SIGNING_KEYS_FILE: keys.issuerSigning,
    WEFT_NONCE_SECRET_FILE: keys.issuerNonce,
    DATABASE_URL_FILE: keys.secret("issuer.url", databases.issuer),
  };
}

function consoleEnv({ keys, databases }: Composition, at: (name: AppName) => string): Record<string, string> {
  return {
    WEFT_PUBLIC_URL: at("console"),
    WEFT_REVIEW_ID: "review:main",
    WEFT_SIGNING_KEY_FILE: keys.reviewSigning,
    WEFT_SEAL_MASTER_FILE: keys.sealMaster,
    WEFT_LOG_URL: at("log"),
    // Every organisation's identity provider, at the one service that plays them all; the names are the registry's.
    WEFT_ISSUERS: JSON.stringify(
      Object.fromEntries(
        issuingOrganisations.map((org) => [org, `${at("issuer")}/${org.slice("org:".length)}/sign-in`]),
      ),
    ),
    DATABASE_URL_FILE: keys.secret("console.url", databases.console),
    WEFT_STAFF_FILE: keys.staff,
  };
}

function registerEnv({ keys, databases }: Composition, publicUrl: string): Record<string, string> {
  return {
    DATABASE_URL_FILE: keys.secret("consent.url", databases.consent),
    WEFT_PUBLIC_URL: publicUrl,
    WEFT_STATUS_URI: STATUS_URI,
    WEFT_KEEPER: "org:registry",
    WEFT_SIGNING_KEY_FILE: keys.consentSigning,
    WEFT_SEAL_MASTER_FILE: keys.sealMaster,
    WEFT_RELATIONS_FROM: "org:civil",
    WEFT_PROTECTION_FROM: PROTECTING,
    // One officer takes down what all the country's people said.
    WEFT_OFFICER_DAY: "100000",
  };
}

/** What the ministries' own adapters are told: their keys, and where and how each reads its own system. */
function ministriesEnv(
  { keys, files, databases }: Composition,
  at: (name: AppName) => string,
  secrets: Readonly<Record<"disability" | "pay", string>>,
): Record<string, string> {
  return {
    WEFT_MINISTRIES: ministries.join(","),
    WEFT_PINS_FILE: keys.adapterPins,
    WEFT_SEAL_KEYS_FILE: keys.adapterSeals,
    WEFT_SIGNING_KEYS_FILE: keys.adapterSigning,
    CIVIL_DB_URL: databases.civil,
    CASH_DB_URL: databases.cash,
    DISABILITY_API_URL: at("disability"),
    DISABILITY_API_KEY: secrets.disability,
    PAY_API_URL: at("pay"),
    PAY_API_TOKEN: secrets.pay,
    FOOD_REGISTER_CSV: files.foodRegister,
    FARM_REGISTER_XLSX: files.farmRegister,
  };
}

interface Running {
  readonly dataDir: string;
  readonly country: Country;
  readonly apps: Readonly<Record<AppName, AppProcess>>;
  readonly database: Database;
  readonly certificates: Certificates | undefined;
  readonly consents: ConsentRegister;
  readonly referralConsent: string;
  readonly stop: () => Promise<void>;
}

function networkOf({ country, apps, database, stop, ...rest }: Running): Network {
  const part = (name: PartName) => (name === "postgres" ? database : apps[name]);
  return {
    ...rest,
    country,
    files: countryFiles(rest.dataDir),
    urls: ofEach((name) => apps[name].url),
    operationsUrls: ofEach((name) => apps[name].operationsUrl),
    superuserUrl: (name) => database.server().superuserUrl(name),
    startApp: (name) => part(name).start(),
    stopApp: (name) => part(name).stop(),
    kill: (name) => part(name).kill(),
    pidOf: (name) => (name === "postgres" ? database.server().pid : apps[name].pid),
    async behave(mis, as) {
      await fetch(`${apps[mis].url}/__behaviour?is=${as}`, { method: "POST" });
    },
    stop,
  };
}

function ofEach<T>(of: (name: AppName) => T): Record<AppName, T> {
  return Object.fromEntries(appNames.map((name) => [name, of(name)])) as Record<AppName, T>;
}

function envFileOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
