import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ask, type AskAnswer } from "./ask.js";
import type { Graphiql } from "./graphiql/graphiql.js";
import { openGraphiql } from "./graphiql/orvanda-page.js";
import { defaultDataDir, type Network, startNetwork } from "./network.js";
import { personas } from "./personas.js";
import { reservePort } from "./ports.js";
import { type Question, type QuestionName, questionsOf } from "./questions.js";
import { findState, removeState, writeState } from "./state-file.js";
import { renderAnswer } from "./table.js";

/**
 * `npm start`: boots Orvanda, asks the questions, prints the answers and stays up.
 *
 *     --once      print and exit 0     --json     one JSON document on stdout     --people N     10000 unless told
 *     --data DIR  instead of WEFT_SANDBOX_DIR, else .weft
 */
const usage = "npm start -- [--once] [--json] [--people N] [--data DIR]";

interface Options {
  readonly once: boolean;
  readonly json: boolean;
  readonly people: number;
  readonly dataDir: string;
}

interface AskedQuestion extends AskAnswer {
  readonly title: string;
  readonly question: Question;
}

/** Adapters look at the status list each second. */
const CONSENT_REACHES_ADAPTERS = 1500;

async function main(): Promise<number> {
  const options = readOptions();
  const running = findState(options.dataDir);
  if (running) {
    console.error(`A sandbox already runs here (process ${running.pid}). Ask it with npm run ask, or stop it first.`);
    return 1;
  }
  const started = performance.now();
  const progress = (step: string) =>
    console.error(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${step}`);
  const interrupted = untilSignal();
  // Nobody waits three days in a sandbox: what no case explains is seen at once.
  const rules = JSON.stringify({ registrationDays: 0 });
  const watch = { WEFT_WATCH_FOR: "org:dpa", WEFT_WATCH_EVERY: "20", WEFT_WATCH_DELAY: "20", WEFT_WATCH_RULES: rules };
  const settings = { console: watch };
  const network = await startNetwork({
    dataDir: options.dataDir,
    people: options.people,
    settings,
    onProgress: progress,
  });
  try {
    return await show(network, options, progress, interrupted);
  } finally {
    console.error("Stopping");
    removeState(network.dataDir);
    await network.stop();
  }
}

async function show(
  network: Network,
  options: Options,
  progress: (step: string) => void,
  interrupted: Promise<void>,
): Promise<number> {
  const graphiql = await openGraphiql(network, await reservePort(4001));
  try {
    writeState(network.dataDir, stateOf(network, graphiql));
    progress("Asking");
    const asked = askAll(network, options.json ? () => {} : printAnswer);
    // Interrupted: what is still being asked is left alone.
    asked.catch(() => {});
    const answers = await Promise.race([asked, interrupted.then(() => [])]);
    progress("Asked");
    if (options.json) console.log(JSON.stringify(documentOf(network, graphiql, answers), null, 2));
    else if (!options.once) console.log(whatToTry(network, graphiql));
    if (!options.once) await interrupted;
    return answers.every(({ status }) => status === 200) ? 0 : 1;
  } finally {
    await graphiql.close();
  }
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      once: { type: "boolean" },
      json: { type: "boolean" },
      people: { type: "string" },
      data: { type: "string" },
    },
  });
  const people = Number(values.people ?? 10_000);
  if (!Number.isInteger(people)) throw new Error(`--people: a whole number. ${usage}`);
  return { once: values.once ?? false, json: values.json ?? false, people, dataDir: values.data ?? defaultDataDir };
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
}

/**
 * The referral is asked first and its consent withdrawn at once, so that little is left to wait for at the second asking; in that time the
 * console starts, which no question needs.
 */
async function askAll(network: Network, show: (answer: AskedQuestion) => void): Promise<AskedQuestion[]> {
  const questions = questionsOf(network.country);
  const put = async (name: QuestionName, title?: string): Promise<AskedQuestion> => {
    const question = questions[name];
    return { ...(await ask(network, question)), title: title ?? question.title, question };
  };
  const answers: AskedQuestion[] = [];
  const take = (answer: AskedQuestion) => {
    answers.push(answer);
    show(answer);
  };
  const referral = await put("referral");
  await network.consents.withdrawConsent(network.referralConsent);
  const withdrawn = sleep(CONSENT_REACHES_ADAPTERS);
  take(await put("eligibility"));
  await network.behave("pay", "busy");
  take(await put("roster"));
  await network.behave("pay", "ok");
  take(referral);
  const opening = network.startApp("console");
  // Heard of below, where nobody interrupted.
  opening.catch(() => {});
  const [customer] = await Promise.all([put("customer"), withdrawn]);
  take(await put("referral", "The consent is withdrawn; the clinic asks the same again"));
  take(customer);
  await opening;
  return answers;
}

function printAnswer({ title, question, status, headers, body }: AskedQuestion): void {
  console.log(`\n${title}\n  asked by ${personas[question.persona].label}, HTTP ${status}`);
  console.log(renderAnswer(body, headers.get("weft-record")));
}

function documentOf(network: Network, graphiql: Graphiql, answers: readonly AskedQuestion[]): object {
  return {
    people: network.country.people,
    urls: { ...network.urls, graphiql: graphiql.url },
    answers: answers.map(({ title, question, status, headers, body }) => ({
      title,
      question: question.name,
      persona: question.persona,
      query: question.query,
      status,
      record: headers.get("weft-record"),
      answer: body,
    })),
  };
}

function stateOf({ country, urls }: Network, { url }: Graphiql) {
  const { gateway, issuer, log } = urls;
  return { pid: process.pid, people: country.people, urls: { gateway, issuer, log, graphiql: url } };
}

function whatToTry({ urls, pidOf }: Network, graphiql: Graphiql): string {
  return `
What to try next
  a query of your own   npm run ask -- --as caseworker --person "Amara Tessel" 'query Q($who: PersonKey!) { person(key: $who) { vitalStatus { finding asOf } } }'
  why or why not        the same with --explain: nothing is fetched
  in the browser        ${graphiql.url}   (ask as anyone; the questions are the tabs)
  read a record         npm run weft -- log show 0
  a person's own page   ${urls.consent}/answer   (a consent that an office asks for is answered here by its code; /take-back ends one)
  review the log        ${urls.console}   (as a data-protection officer; each look is a record, and your browser verifies what it is shown)
  stop the log          kill -STOP ${pidOf("log")}   then ask again: nothing is read;   kill -CONT ${pidOf("log")}   brings it back
  the gateway           ${urls.gateway}/graphql   schema ${urls.gateway}/schema.graphql   health ${urls.gateway}/health/ready
Ctrl-C stops everything that was started here.`;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
