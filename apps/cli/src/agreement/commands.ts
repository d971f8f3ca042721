import { type Command, InvalidArgumentError, Option } from "commander";
import { authority, contracts, language, type Run } from "../options.js";
import { newAgreement, type ProposeOptions } from "./propose.js";
import {
  type AgreementOptions,
  type AgreementSignOptions,
  countersign,
  type CountersignOptions,
  showAgreement,
  signAgreementAs,
} from "./show.js";

/** `weft agreement …`: proposed, read, signed by one side, countersigned by the other. */
export function addAgreementCommands(weft: Command, run: Run): void {
  const agreement = weft.command("agreement").description("a data-sharing agreement");
  addNewCommand(agreement, run);
  agreement
    .command("show <id>")
    .description("an agreement on one page in plain words, with its hash and who has signed; also a proposed one")
    .option("--html <file>", "and write the page as a document")
    .option("--pdf <file>", "and in print")
    .addOption(contracts())
    .addOption(authority())
    .addOption(language())
    .action((id: string, options: AgreementOptions) => run(() => showAgreement(id, options)));
  const bySide = (command: Command) =>
    command
      .requiredOption("--as <organisation>", "the side, as in org:civil")
      .requiredOption("--key <file>", "its private key (JWK or PEM), readable by its owner only")
      .addOption(contracts());
  bySide(agreement.command("sign <id>"))
    .description("sign an agreement as it stands, for one of its sides: the first signature")
    .action((id: string, options: AgreementSignOptions) => run(() => signAgreementAs(id, options)));
  bySide(agreement.command("countersign <id>"))
    .description("sign for the other side the very text that the first side signed, which is shown before")
    .option("--digest <hash>", "the hash on the page that was read (default: asked, at a terminal)")
    .addOption(language())
    .action((id: string, options: CountersignOptions) => run(() => countersign(id, options)));
}

function addNewCommand(agreement: Command, run: Run): void {
  const several = (text: string, before: readonly string[] = []) => [...before, text];
  agreement
    .command("new <id>")
    .description("propose an agreement over every field that the provider's schema opens for a purpose")
    .requiredOption("--provider <organisation>", "who gives, as in org:health")
    .requiredOption("--consumer <organisation>", "who may ask, as in org:welfare")
    .requiredOption("--purpose <code>", "what for, as in eligibility-assessment")
    .option("--basis <ground>", "the ground in law, as in public-task (default: the one that the schema says)")
    .option("--provision <law>", "the provision, as a court would cite it (default: asked)")
    .addOption(
      new Option("--subjects <who>", "the person of the case that is named, or anybody")
        .choices(["applicants", "any"])
        .default("applicants"),
    )
    .option("--from <day>", "from which day (default: today)")
    .option("--until <day>", "until which day (default: asked)")
    .option("--retention <duration>", "for how long the consumer may keep what it is told, as in P30D (default: asked)")
    .option("--persons <number>", "persons in one request", readCount, 1)
    .option("--officer-day <number>", "persons for one officer in a day", readCount, 60)
    .option("--oldest <duration>", "the oldest data that may be given, as in P90D (default: any)")
    .option(
      "--records <duration>",
      "for how long the log knows of accesses, as in P5Y (default: as long as the log does)",
    )
    .option("--summary <words>", 'what it is about, in each of the registry\'s languages, as in en="…"', several)
    .option("--lists", "grant the lists too that the schema opens")
    .addOption(contracts())
    .action((id: string, options: ProposeOptions) => run(() => newAgreement(id, options)));
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It is a whole number above 0.");
  return Number(text);
}
