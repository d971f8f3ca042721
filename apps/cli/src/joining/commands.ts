import { type Command, InvalidArgumentError, Option } from "commander";
import { authority, contracts, type Run } from "../options.js";
import { type RequestOptions, requestAdmission } from "./application.js";
import { type KeyOptions, keyUses, newKey } from "./keys.js";
import { openSeals, sealKeys, type SealOptions } from "./seals.js";
import type { StatusOptions } from "./facts.js";
import { prepareAdapter, type PrepareOptions } from "./prepare.js";
import { showJoining } from "./status.js";
import { admit, type AdmitOptions, signFolderAs, type SignOptions } from "./registry.js";

/** How an organisation comes to take part: its keys, its admission, its adapter, and where on that way it is. */
export function addJoiningCommands(weft: Command, run: Run): void {
  addKeyCommands(weft.command("keys").description("an organisation's own keys"), run);
  addRegistryCommands(weft.command("registry").description("what the registry authority signs"), run);
  addJoinCommands(weft.command("join").description("the way of a ministry into the registry"), run);
}

const several = (text: string, before: readonly string[] = []) => [...before, text];

function addKeyCommands(keys: Command, run: Run): void {
  keys
    .command("new")
    .description("make a key pair; prints the registry's line and a fingerprint to read out")
    .requiredOption("--as <organisation>", "whose it is, as in org:health")
    .addOption(new Option("--use <use>", "what for").choices(keyUses).makeOptionMandatory())
    .requiredOption("--out <dir>", "the folder to write it into; nothing there is overwritten")
    .option("--kid <name>", "its name (default: as in health-agreement-1)")
    .option("--from <time>", "from when on it counts (default: today)")
    .option("--until <time>", "until when (default: the end of the third year)")
    .action((options: KeyOptions) => run(() => newKey(options)));
  keys
    .command("seal")
    .description("derive a ministry's seal keys from the master and encrypt them for it, by whoever runs the gateways")
    .requiredOption("--for <organisation>", "the ministry, as in org:health")
    .requiredOption("--master <file>", "the seal masters (WEFT_SEAL_MASTER_FILE)")
    .requiredOption("--to <file>", "the ministry's public key, of weft keys new --use seal")
    .requiredOption("--fingerprint <groups>", "what was read out of it")
    .requiredOption("--out <file>", "the file to send")
    .action((options: SealOptions) => run(() => sealKeys(options)));
  keys
    .command("open <file>")
    .description("open the seal keys that were encrypted for a ministry")
    .requiredOption("--as <organisation>", "the ministry, as in org:health")
    .requiredOption("--key <file>", "its private key, of weft keys new --use seal")
    .requiredOption("--out <file>", "the file that its adapter reads (WEFT_SEAL_KEYS_FILE)")
    .action((file: string, options: { as: string; key: string; out: string }) => run(() => openSeals(file, options)));
}

function addRegistryCommands(registry: Command, run: Run): void {
  const bySigner = (command: Command) =>
    command
      .requiredOption("--key <file>", "the authority's private key (JWK or PEM), readable by its owner only")
      .option("--kid <name>", "its name, where the file does not say it")
      .addOption(contracts());
  bySigner(registry.command("admit <file>"))
    .description("take an organisation, or further keys of one, into registry.yaml, and sign the folder")
    .option("--fingerprint <groups>", "what was read out, one for each key (default: asked)", several)
    .action((file: string, options: AdmitOptions) => run(() => admit(file, options)));
  bySigner(registry.command("sign"))
    .description("sign the folder as it stands, as a new version: composed, listed, all signatures of agreements there")
    .action((options: SignOptions) => run(() => signFolderAs(options)));
}

function addJoinCommands(join: Command, run: Run): void {
  join
    .command("request")
    .description("write what the registry authority is asked to admit: the organisation's entry with its public keys")
    .requiredOption("--as <organisation>", "who asks, as in org:health")
    .requiredOption(
      "--name <words>",
      'its name in each of the registry\'s languages, as in en="Ministry of Health"',
      several,
    )
    .requiredOption("--dpo <address>", "its data-protection officer")
    .option("--adapter <url>", "where its adapter will answer the gateways")
    .option("--issuer <url>", "its token service, where its own systems will ask")
    .requiredOption("--keys <dir>", "the folder of weft keys new")
    .requiredOption("--out <file>", "the file to send")
    .addOption(contracts())
    .action((options: RequestOptions) => run(() => requestAdmission(options)));
  join
    .command("prepare <ministry>")
    .description("write the adapter's environment and its pins, on the ministry's machine")
    .requiredOption("--keys <dir>", "the folder of weft keys new")
    .requiredOption("--seals <file>", "the seal keys, from whoever runs the gateways")
    .requiredOption("--log <url>", "the access log")
    .requiredOption("--consent <url>", "the consent register")
    .option("--gateway <url>", "the gateways' public address, where it is another than the registry's")
    .option("--serves <dir>", "the copy of the contracts that the adapter is to follow (default: --contracts)")
    .option("--port <number>", "where the adapter listens", "4200")
    .addOption(new Option("--mode <mode>").choices(["production", "sandbox"]).default("production"))
    .requiredOption("--authority <file>", "public JWK of the registry authority, which the adapter pins")
    .requiredOption("--out <dir>", "the folder to write adapter.env and pins.json into")
    .addOption(contracts())
    .action((ministry: string, options: PrepareOptions) => run(() => prepareAdapter(ministry, options)));
  join
    .command("status <ministry>")
    .description("where a ministry is on its way in, what is next, whose turn it is, and by which command")
    .option("--keys <dir>", "the folder of its keys", "keys")
    .option(
      "--env <file>",
      "the adapter's environment: then its account, its files and the running adapter are looked at",
    )
    .option("--gateway <url>", "the gateway: then whether it has this version in force")
    .option("--wait <seconds>", "look again each second for as long as it has not joined", readSeconds)
    .addOption(contracts())
    .addOption(authority())
    .action((ministry: string, options: StatusOptions) => run(() => showJoining(ministry, options)));
}

function readSeconds(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("It is a number of seconds.");
  return Number(text);
}
