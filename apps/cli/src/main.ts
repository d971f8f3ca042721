import { Command, InvalidArgumentError } from "commander";
import { TokenRefused } from "#libs/client";
import { WeftError } from "#libs/terms";
import { ContractProblems, printProblem } from "#libs/contracts";
import { addAdapterCommands } from "./adapter-commands.js";
import { withCertificate } from "./certificate.js";
import { addAgreementCommands } from "./agreement/commands.js";
import { checkContract, type CheckOptions } from "./contract.js";
import { type AuditOptions, verifyFolder, verifyProofFile } from "./log-audit.js";
import { exportLog } from "./log-folder.js";
import { reconcileFolder } from "./log-reconcile.js";
import { eraseDisclosures, type EraseOptions } from "./log-erase.js";
import { verifyLetterFile } from "./log-letter.js";
import { addJoiningCommands } from "./joining/commands.js";
import { type LogOptions, showRecord, verifyRecord } from "./log.js";
import { register, type RegisterOptions, suspend } from "./operation.js";
import { authority, contracts, language, type Run } from "./options.js";
import { printToken, type TokenOptions } from "./token.js";
import { defaultContracts, inWords, logUrl, UsageError } from "./places.js";

// `| head` closes our output early: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

/** `weft`: what a partner, an operator or a data-protection officer does by hand. One function a command, each returns its exit code. */
function program(run: Run): Command {
  const weft = new Command("weft").description("Contracts, agreements and the access log of a Weft registry.");
  const contract = weft.command("contract").description("the contracts folder");

  contract
    .command("check")
    .argument("[dir]", "the contracts folder", defaultContracts)
    .description("say whether a folder would serve, or what is wrong, where, and what would be right")
    .option("--unsigned", "as it is proposed: all but what the registry authority does last, its signature")
    .option("--against <version>", "say what it takes from whom, beside a folder or a version that git has, as in main")
    .option("--log <dir>", "with it, how often that was asked for: a folder by `weft log export`")
    .addOption(authority())
    .action((dir: string, options: CheckOptions) => run(() => checkContract(dir, options)));

  addAgreementCommands(weft, run);
  addAdapterCommands(weft, run);
  addJoiningCommands(weft, run);

  const log = weft.command("log").description("the access log");
  const ofLog = (command: Command) =>
    withCertificate(command)
      .option("--log <url>", "the log (default: that of the sandbox which runs here)")
      .addOption(contracts())
      .addOption(authority())
      .addOption(language());
  ofLog(log.command("show").argument("<index>", "number of the record", readIndex))
    .description("a record as one paragraph of plain words")
    .action((index: number, options: LogOptions) => run(() => showRecord(index, options)));
  addAuditCommands(log, ofLog, run);
  addEraseCommand(log, run);
  addTokenCommand(weft, run);
  addOperationCommands(weft, run);
  return weft;
}

function addAuditCommands(log: Command, ofLog: (command: Command) => Command, run: Run): void {
  const several = (text: string, before: readonly string[] = []) => [...before, text];
  ofLog(log.command("export").argument("<dir>", "the folder to write", String))
    .description("fetch the log as files: checkpoint, tiles, entries, and the records that it opens to us")
    .action((dir: string, options: LogOptions) => run(() => exportLog(dir, logUrl(options.log))));
  ofLog(log.command("reconcile").argument("<dir>", "a folder by `weft log export`", String))
    .description("hold what each adapter said that it took against what the log shows, day by day")
    .option("--day <date>", "one UTC day (default: each that has ended)", readDay)
    .action((dir: string, options: LogOptions & { day?: string }) => run(() => reconcileFolder(dir, options)));
  ofLog(log.command("verify").argument("[index]", "number of the record", readIndex))
    .description("prove that a record, or a whole log in a folder, is signed, complete and unaltered")
    .option("--folder <dir>", "a log as files, by `weft log export`: nothing is fetched")
    .option("--from <index>", "the first entry of a range in it", readIndex)
    .option("--to <index>", "the entry after its last one", readIndex)
    .option("--checkpoint <file>", "a checkpoint that somebody kept (several times)", several)
    .option("--against <dir>", "the folder of another auditor")
    .option("--proof <file>", "or one proof alone, with its --record")
    .option("--record <file>", 'a record as {"jwt","disclosures"}')
    .option("--letter <file>", "or a letter to a person, whole or the access of that number: nothing is fetched")
    .option("--pdf <file>", "with it, its print")
    .option("--vkey <key>", "the log's key, instead of the contracts' (several times)", several)
    .option("--witness <key>", "with it, a witness that must have cosigned (several times)", several)
    .action((index: number | undefined, options: AuditOptions) => run(() => verify(index, options)));
}

function verify(index: number | undefined, options: AuditOptions): Promise<number> {
  const { folder, proof, letter } = options;
  if (letter !== undefined) return verifyLetterFile(letter, index, options);
  if (proof !== undefined) return verifyProofFile(proof, options);
  if (folder !== undefined) return verifyFolder(index, { ...options, folder });
  if (index === undefined) throw new UsageError("Name a record by its number, or a --folder, or a --proof.");
  return verifyRecord(index, options);
}

function addEraseCommand(log: Command, run: Run): void {
  log
    .command("erase")
    .description("erase what records disclose; the log records the run first, and every proof stays")
    .requiredOption("--database <file>", "a file with the address of the log's database, for the retention account")
    .option("--record <indexes...>", "of these records", (text: string, more: number[] | undefined) => [
      ...(more ?? []),
      readIndex(text),
    ])
    .option("--person <file>", "of one person: a file with their sealed references, one a line")
    .option("--before <month>", "of all that was taken before a month, as in 2026-01", readMonth)
    .option("--due", "of what each agreement's own duty no longer lets the log keep")
    .addOption(contracts())
    .addOption(authority())
    .addOption(language())
    .action((options: EraseOptions) => run(() => eraseDisclosures(options)));
}

function readMonth(text: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new InvalidArgumentError("It is a month, as in 2026-01.");
  return text;
}

function addOperationCommands(weft: Command, run: Run): void {
  weft
    .command("register <file>")
    .description("register an operation under an agreement, by the consumer's signature")
    .requiredOption("--agreement <id>", "the agreement whose grant it lies within")
    .requiredOption("--key <file>", "the consumer's private key (JWK or PEM), readable by its owner only")
    .option("--name <name>", "of the operation (default: the file's)")
    .addOption(contracts())
    .addOption(authority())
    .addOption(language())
    .action((file: string, options: RegisterOptions) => run(() => register(file, options)));
  weft
    .command("operation")
    .description("a registered operation")
    .command("suspend <agreement> <name>")
    .description("refuse it from now on, by the provider's signature")
    .requiredOption("--key <file>", "the provider's private key (JWK or PEM), readable by its owner only")
    .addOption(contracts())
    .action((id: string, name: string, options: { key: string; contracts: string }) =>
      run(() => suspend(id, name, options)),
    );
}

function addTokenCommand(weft: Command, run: Run): void {
  withCertificate(weft.command("token"))
    .description("an access token from an organisation's token service")
    .option("--as <persona>", "of the sandbox which runs here: caseworker, programme, clinic or bank")
    .option("--client <file>", "or a client's configuration file")
    .option("--purpose <code>", "what for (a persona has its own)")
    .option("--case <name>", "which case (a persona has its own)")
    .option("--reason <text>", "why a life is in danger, with the purpose vital-interest")
    .option("--officer <file>", "the directory's assertion about the officer (default: the system asks for itself)")
    .option("--curl", "what `curl -K -` needs for one question: address, token, proof")
    .action((options: TokenOptions) => run(() => printToken(options)));
}

function readDay(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw new InvalidArgumentError("It is a day, as in 2026-11-21.");
  return text;
}

function readIndex(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It is a number, as in the header Weft-Record.");
  return Number(text);
}

/** Ctrl-C at a question, as a shell counts it. */
const INTERRUPTED = 130;

async function run(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") return void (process.exitCode = INTERRUPTED);
    if (!(error instanceof UsageError) && !(error instanceof WeftError) && !(error instanceof TokenRefused))
      throw error;
    const problems =
      error instanceof ContractProblems
        ? error.problems.map(printProblem)
        : [error instanceof WeftError ? inWords(error) : error.message];
    console.error(problems.join("\n"));
    process.exitCode = 1;
  }
}

await program(run).parseAsync();
