import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { type AppProcess, createApp, loopbackUrl } from "./app-process.js";
import { PROTECTING } from "./consent-register.js";
import type { CaseRegisters } from "./case-registers.js";
import { hasMariadb } from "./mariadb.js";
import { funds } from "./country/insurance.js";
import type { DatabaseUrls } from "./databases.js";
import type { CountryFiles } from "./generate.js";
import { issuingOrganisations } from "./issuer-files.js";
import { built } from "./repository.js";
import { sandboxKey, sandboxPrivateJwk } from "./keys.js";
import { type KeyFiles, LOG_ORIGIN, WITNESS_NAME } from "./key-files.js";

export const appNames = [
  "disability",
  "pay",
  "insurance",
  "employment",
  "witness",
  "log",
  "issuer",
  "consent",
  "adapter",
  "console",
  "gateway",
] as const;
export type AppName = (typeof appNames)[number];
export type PartName = AppName | "postgres" | "mariadb";
export type Settings = Partial<Readonly<Record<AppName, Readonly<Record<string, string>>>>>;

/** Everybody whom the contracts name. */
export const ministries = [
  "civil",
  "cash",
  "disability",
  "food",
  "farm",
  "pay",
  "education",
  "insurance",
  "health",
  "employment",
] as const;
export type Ministry = (typeof ministries)[number];
/** Whose systems run on this machine. */
export const runningMinistries: readonly Ministry[] = ministries.filter((name) => name !== "health" || hasMariadb);
/** Receipts name it for as long as they live, whatever port the register has today. */
const STATUS_URI = "https://registry.orvanda.example/status";

/** What the apps are told, out of what the country is made of. */
export interface Composition {
  readonly dataDir: string;
  readonly contracts: string;
  readonly ports: Readonly<Record<PartName, number>>;
  readonly keys: KeyFiles;
  readonly files: CountryFiles;
  readonly databases: DatabaseUrls;
  readonly caseRegisters: CaseRegisters;
  readonly settings: Settings;
}

export function composeApps(composition: Composition): Record<AppName, AppProcess> {
  const { dataDir, contracts, ports, keys, files, settings } = composition;
  const secret = () => randomBytes(18).toString("base64url");
  const secrets = { disability: secret(), pay: secret(), insurance: secret(), employment: secret() };
  const at = (name: AppName) => loopbackUrl(ports[name], settings[name] ?? {});
  const state = (name: string): string => {
    const dir = path.join(dataDir, ["adapter", "consent"].includes(name) ? "state" : "seen", name);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return dir;
  };
  const app = (name: AppName, script: string, ready: string, env: Record<string, string>): AppProcess =>
    createApp({ name, script, ready, env, port: ports[name], logFile: path.join(dataDir, "logs", `${name}.log`) });
  const system = (name: keyof typeof secrets, script: string, env: Record<string, string>): AppProcess =>
    app(name, script, "/health", { PORT: String(ports[name]), MIS_SECRET: secrets[name], ...env });
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
  const calls = { WEFT_LOG_URL: at("log"), WEFT_CONSENT_URL: at("consent"), WEFT_GATEWAY_URLS: at("gateway") };
  const adapterEnv = {
    ...server("adapter"),
    WEFT_PAGE_PORT: "0",
    ...calls,
    ...ministriesEnv(composition, at, secrets),
  };
  // For `weft adapter try`, which an engineer of the ministry runs beside the adapter.
  keys.secret("adapter.env", envFileOf(adapterEnv));
  return {
    disability: system("disability", "apps/sandbox/src/mis/disability.js", { MIS_FILE: files.disabilityCases }),
    pay: system("pay", "apps/sandbox/src/mis/pay.js", { PAYEES_FILE: files.payees, PAYMENTS_FILE: files.payments }),
    insurance: system("insurance", "bin/insurance.js", {
      INSURED_FILE: files.insured,
      ACCOUNTS_FILE: files.insuranceAccounts,
    }),
    employment: system("employment", "apps/sandbox/src/mis/employment.js", {
      JOBSEEKERS_FILE: files.jobseekers,
      REGISTRY_KEY: JSON.stringify(sandboxPrivateJwk("employment-registry-1")),
      ADAPTER_KEY: JSON.stringify(sandboxKey("employment-dci-1").publicJwk),
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
      WEFT_LOG_URL: at("log"),
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

function consoleEnv(
  { keys, databases, caseRegisters }: Composition,
  at: (name: AppName) => string,
): Record<string, string> {
  return {
    WEFT_PUBLIC_URL: at("console"),
    WEFT_REVIEW_ID: "review:main",
    WEFT_SIGNING_KEY_FILE: keys.reviewSigning,
    WEFT_SEAL_MASTER_FILE: keys.sealMaster,
    WEFT_LOG_URL: at("log"),
    WEFT_CONSENT_URL: at("consent"),
    // Every organisation's identity provider, at the one service that plays them all; the names are the registry's.
    WEFT_ISSUERS: JSON.stringify(
      Object.fromEntries(
        issuingOrganisations.map((org) => [org, `${at("issuer")}/${org.slice("org:".length)}/sign-in`]),
      ),
    ),
    DATABASE_URL_FILE: keys.secret("console.url", databases.console),
    WEFT_CASE_REGISTERS: JSON.stringify(
      Object.fromEntries(
        Object.keys(caseRegisters.files).map((house) => [`org:${house}`, `${at("adapter")}/${house}`]),
      ),
    ),
    WEFT_HOUSEHOLDS_URL: `${at("adapter")}/civil`,
    WEFT_STAFF_FILE: keys.staff,
    WEFT_PAGES: path.join(built, "apps", "console", "web"),
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
  { keys, files, databases, caseRegisters }: Composition,
  at: (name: AppName) => string,
  secrets: Readonly<Record<"disability" | "pay" | "insurance" | "employment", string>>,
): Record<string, string> {
  return {
    WEFT_MINISTRIES: runningMinistries.join(","),
    WEFT_PINS_FILE: keys.adapterPins,
    WEFT_SEAL_KEYS_FILE: keys.adapterSeals,
    WEFT_SIGNING_KEYS_FILE: keys.adapterSigning,
    CIVIL_DB_URL: databases.civil,
    CASH_DB_URL: databases.cash,
    ...(databases.health !== undefined && { HEALTH_DB_URL: databases.health }),
    DISABILITY_API_URL: at("disability"),
    DISABILITY_API_KEY: secrets.disability,
    PAY_API_URL: at("pay"),
    PAY_API_TOKEN: secrets.pay,
    WEFT_CASE_REGISTERS: JSON.stringify(caseRegisters.files),
    WEFT_HOUSEHOLDS: JSON.stringify({ civil: caseRegisters.households }),
    WEFT_HOUSEHOLD_KEYS_FILE: keys.households,
    ...caseRegisters.env,
    FOOD_REGISTER_CSV: files.foodRegister,
    FARM_REGISTER_XLSX: files.farmRegister,
    JOBS_REGISTRY_URL: at("employment"),
    JOBS_REGISTRY_TOKEN: secrets.employment,
    JOBS_DCI_KEY: JSON.stringify(sandboxPrivateJwk("employment-dci-1")),
    JOBS_REGISTRY_KEY: JSON.stringify(sandboxKey("employment-registry-1").publicJwk),
    INSURANCE_COUNCIL_URL: `${at("insurance")}/council`,
    INSURANCE_WSDL: `${at("insurance")}/council?wsdl`,
    ...Object.fromEntries(funds.map((fund) => [`INSURANCE_${fund.toUpperCase()}_URL`, `${at("insurance")}/${fund}`])),
    INSURANCE_USER: "weft",
    INSURANCE_PASSWORD: secrets.insurance,
    SCHOOL_REGISTER_DB: files.schoolRegister,
  };
}

function envFileOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
