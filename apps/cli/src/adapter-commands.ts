import { type Command, InvalidArgumentError } from "commander";
import { type AccountOptions, checkAccount, printGrants } from "./account.js";
import { tryAdapter, type TryOptions } from "./adapter.js";
import { type PageOptions, pause, type PauseOptions, resume, showStatus } from "./adapter-page.js";
import { runAdapter, type RunOptions } from "./adapter-run.js";
import { defaultVectors, type SuiteOptions, testAdapter } from "./adapter-test.js";
import { withCertificate } from "./certificate.js";
import { draftAdapter, type DraftOptions } from "./draft.js";
import { contracts, language, type Run } from "./options.js";
import { defaultContracts } from "./places.js";

/** `weft adapter …`: what a ministry's engineer does on the ministry's machine. */
export function addAdapterCommands(weft: Command, run: Run): void {
  const adapter = weft.command("adapter").description("a ministry's adapter, on its own machine");
  withCertificate(adapter.command("try <key>"))
    .description("the raw rows of a person (as in nid:1234567890) beside what a consumer would get")
    .requiredOption("--as <organisation>", "the consumer, as in org:welfare")
    .option("--ministry <name>", "one ministry (default: all of WEFT_MINISTRIES)")
    .option("--env <file>", "the adapter's environment (default: that of the sandbox which runs here)")
    .option("--contracts <dir>", "another folder than the environment's, also one that is only proposed")
    .addOption(language())
    .action((key: string, options: TryOptions) => run(() => tryAdapter(key, options)));
  addSwitchCommands(adapter, run);
  addDraftCommand(adapter, run);
  addAccountCommands(adapter, run);
  adapter
    .command("test [url]")
    .description("hold any adapter, in whatever language, to the specification: it is asked every case of the vectors")
    .requiredOption("--dir <dir>", "the trial country: what --prepare writes, and a test is run with")
    .option("--prepare", "write it: contracts, data to load, keys, the environment of a Weft adapter")
    .option("--mapping <file>", "with it, an adapter.yaml of one's own (default: for data/people.csv)")
    .option("--port <number>", "with it, where log and consent register will be played", readPort, 4790)
    .option("--only <words>", "the cases in whose name or file these words are")
    .option(
      "--without <offer>",
      "what the adapter does not offer (several times): lists",
      (one: string, before: string[] | undefined) => [...(before ?? []), one],
    )
    .option("--vectors <dir>", "the cases", defaultVectors)
    .option("--json", "print the results as one document")
    .addOption(contracts())
    .action((url: string | undefined, options: SuiteOptions) => run(() => testAdapter(url, options)));
}

function addSwitchCommands(adapter: Command, run: Run): void {
  const ofPage = (command: Command) =>
    command
      .requiredOption("--state <dir>", "the adapter's state folder (WEFT_STATE_DIR)")
      .option("--ministry <name>", "which one, where it serves several");
  const scope = "all, or `agreement <id>`, or `consumer <org:…>`";
  adapter
    .command("run")
    .description("run it here, with the page of who runs it on loopback")
    .requiredOption("--env <file>", "its environment, NAME=value")
    .option("--page <port>", "the page's port", "0")
    .action((options: RunOptions) => run(() => runAdapter(options)));
  ofPage(adapter.command("status"))
    .description("how a running adapter is, and its page")
    .action((options: PageOptions) => run(() => showStatus(options)));
  ofPage(adapter.command("pause").argument("<scope...>", scope))
    .description("the ministry's own switch: nothing is read for whom it covers, at once or in a planned window")
    .option("--from <time>", "UTC, as in 2026-11-21T22:00 (default: now)")
    .option("--until <time>", "UTC (default: until it is resumed)")
    .action((words: string[], options: PauseOptions) => run(() => pause(words.join(" "), options)));
  ofPage(adapter.command("resume").argument("<scope...>", scope))
    .description("end a pause, and what was planned of that scope")
    .action((words: string[], options: PageOptions) => run(() => resume(words.join(" "), options)));
}

function addDraftCommand(adapter: Command, run: Run): void {
  adapter
    .command("draft")
    .description(
      "a ministry's folder from its database's catalogue, its OpenAPI document or its WSDL, every field closed; again, to add what is new",
    )
    .requiredOption(
      "--from <url>",
      "the database (postgres://…), the URL or file of an OpenAPI document or a WSDL, or env:NAME of a variable that holds it",
    )
    .requiredOption("--name <ministry>", "the folder under subgraphs/, as in health")
    .option("--into <dir>", "the contracts folder", defaultContracts)
    .option("--schema <name>", "of PostgreSQL (default: the account's own)")
    .option(
      "--person <table>",
      "which table, or which thing of a service, is one row a person (default: a guess, asked where unsure)",
    )
    .option("--identifier <columns...>", "COLUMN=SCHEME: which columns number persons (default: a guess)")
    .option("--yes", "take each guess")
    .action((options: DraftOptions) => run(() => draftAdapter(options)));
}

function addAccountCommands(adapter: Command, run: Run): void {
  adapter
    .command("grants <ministry>")
    .description("what the database's administrator runs: an account that reads exactly the mapped columns")
    .addOption(contracts())
    .action((ministry: string, options: AccountOptions) => run(() => printGrants(ministry, options)));
  adapter
    .command("check <ministry>")
    .description("the account's rights and the look-ups' indexes, held against adapter.yaml")
    .option("--env <file>", "the adapter's environment (default: that of the sandbox which runs here)")
    .addOption(contracts())
    .action((ministry: string, options: AccountOptions) => run(() => checkAccount(ministry, options)));
}

function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("It is a port, as in 4790.");
  return Number(text);
}
