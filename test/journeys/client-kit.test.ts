import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser } from "../../apps/consent/src/page/browser.fixture.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { accessOf, clientOf } from "../../apps/sandbox/src/client-files.js";
import { type PersonaName, personas } from "../../apps/sandbox/src/personas.js";
import { APPLICANT, NOT_ASKED, questionsOf } from "../../apps/sandbox/src/questions.js";
import { refer } from "../../libs/client/example/referral.js";
import { createClient, QuestionRefused, readAnswer, TokenRefused } from "../../libs/client/src/index.js";
import { type Orvanda, startOrvanda } from "./orvanda.js";
import { compile, generateOperations } from "./typed-operations.js";

let orvanda: Orvanda;
beforeAll(async () => void (orvanda = await startOrvanda()), 240_000);
afterAll(() => orvanda?.stop());

const askerOf = (name: PersonaName, access: object = {}) =>
  createClient(clientOf(personas[name], orvanda.urls)).for({ ...accessOf(personas[name]), ...access });
const issued = () => orvanda.metric("issuer", "weft_issuer_tokens_total", { outcome: "issued" });

test("the example: asked, not available, the person is asked and gives a consent, asked again", async () => {
  const clinic = personas.clinic;
  const who = orvanda.who(NOT_ASKED);
  const { first, second } = await refer(
    clientOf(clinic, orvanda.urls),
    accessOf(clinic),
    who,
    async (asker, person, coordinates) => {
      const { code } = await asker.askForConsent({ person, coordinates, until: "2027-06-30T00:00:00Z" });
      const page = new Browser(orvanda.urls.consent);
      await page.open(code, who);
      expect((await page.decide("give", [...coordinates])).status).toBe(200);
      // The adapters learn of it by their feed.
      const question = `query Seen($who: PersonKey!) { person(key: $who) { disability { assessedLevel } } }`;
      while ((await asker.ask(question, { who })).errors.length > 0) await sleep(200);
    },
  );
  expect(first.data).toEqual({ person: { disability: null } });
  expect(first.errors[0]!.extensions).toMatchObject({
    code: "NOT_AVAILABLE",
    origin: "provider",
    remedy: { consent: true },
  });
  expect(first.weft.complete).toBe(false);
  expect(second.data.person.disability).toEqual({ assessedLevel: expect.anything() as unknown });
  expect(second.weft).toMatchObject({ complete: true, purpose: "referral", case: clinic.caseId });
  expect(second.weft.record.index).toBeGreaterThan(first.weft.record.index);
});

test("every answer of the country's questions is read whole: the envelope's form leaves nothing out", async () => {
  for (const question of Object.values(questionsOf(orvanda.country))) {
    const { body } = await orvanda.ask(question);
    const { data, errors = [], extensions } = body as { data: object; errors?: object[]; extensions: { weft: object } };
    expect(readAnswer(body), question.name).toEqual({ data, errors, weft: extensions.weft });
  }
});

test("twenty questions at once cost one token", async () => {
  const bank = askerOf("bank");
  const before = await issued();
  const { query, variables } = questionsOf(orvanda.country).customer;
  const answers = await Promise.all(Array.from({ length: 20 }, () => bank.ask(query, variables)));
  expect(new Set(answers.map(({ weft }) => weft.record.index)).size).toBe(20);
  expect(await issued()).toBe(before + 1);
});

test("a system asks for itself, without an officer, where its organisation let it", async () => {
  const { officer: _officer, ...access } = accessOf(personas.caseworker);
  const nightly = createClient(clientOf(personas.caseworker, orvanda.urls)).for(access);
  const question = `query Q($who: PersonKey!) { person(key: $who) { vitalStatus { finding } } }`;
  const { data } = await nightly.ask(question, { who: orvanda.who(APPLICANT) });
  expect(data).toEqual({ person: { vitalStatus: { finding: "NO_DEATH_RECORD" } } });
});

test("what is refused says who, why, about which field and what would be lawful", async () => {
  const worker = askerOf("caseworker");
  const variables = { who: orvanda.who(APPLICANT) };
  const level = `query Q($who: PersonKey!) { person(key: $who) { disability { assessedLevel } } }`;
  const whole = await worker.ask(level, variables, { allOrNothing: true }).catch((error: unknown) => error);
  expect(whole).toBeInstanceOf(QuestionRefused);
  expect(whole).toMatchObject({
    status: 403,
    origin: "consumer",
    coordinate: "DisabilityEnrolment.assessedLevel",
    remedy: { say: expect.any(String) as unknown },
    record: expect.any(Number) as unknown,
  });
  await expect(worker.ask("query { nothing }")).rejects.toMatchObject({ status: 400, code: "OPERATION_INVALID" });
});

test("a purpose that is not the organisation's ends at the token service, in its own words", async () => {
  const asked = askerOf("bank", { purpose: "eligibility-assessment" }).ask("query { __typename }");
  const refused = await asked.catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TokenRefused);
  expect(refused).toMatchObject({ status: 400, error: "invalid_authorization_details" });
});

const weft = (...args: string[]) =>
  promisify(execFile)(process.execPath, ["dist/bin/weft.js", ...args], {
    cwd: repository,
    env: { ...process.env, WEFT_SANDBOX_DIR: orvanda.dataDir },
  });

test("weft token prints a token; with --curl it prints one question's address, token and proof", async () => {
  const { stdout: token } = await weft("token", "--as", "caseworker");
  const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as object;
  expect(claims).toMatchObject({ org: "org:welfare", sub: "officer:8c1", aud: orvanda.urls.gateway });

  const { stdout } = await weft("token", "--as", "caseworker", "--case", "c-7", "--curl");
  const url = /^url = "(.+)"$/m.exec(stdout)![1]!;
  const headers = [...stdout.matchAll(/^header = "([^:]+): (.+)"$/gm)].map(([, name, value]) => [name!, value!]);
  const query = `query Q($who: PersonKey!) { person(key: $who) { vitalStatus { finding } } }`;
  const body = JSON.stringify({ query, variables: { who: orvanda.who(APPLICANT) } });
  const send = () => fetch(url, { method: "POST", headers: headers as [string, string][], body });
  expect(await (await send()).json()).toMatchObject({ extensions: { weft: { case: "c-7", complete: true } } });
  expect((await send()).status).toBe(401);
});

test("weft token takes a client's own file, and says what it lacks or why it was refused", async () => {
  const file = `${orvanda.dataDir}/clients/bank.client.json`;
  const { stdout } = await weft("token", "--client", file, "--purpose", "identity-verification");
  expect(stdout.trim().split(".")).toHaveLength(3);
  await expect(weft("token", "--client", file)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/--purpose/) as unknown,
  });
  await expect(weft("token", "--as", "nobody")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no nobody here/) as unknown,
  });
  await expect(weft("token", "--client", file, "--purpose", "referral")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The token service refused: /) as unknown,
  });
});

/** What a consumer writes: the operation knows its variables, and its answer has their types. */
const consumer = `
import type { Asker } from "#libs/client";
import * as operations from "./operations.js";

export async function roster(asker: Asker, who: operations.PersonKey) {
  const { data } = await asker.ask(operations.BeforePaymentDocument, { district: "D-04" });
  const amounts: (string | null)[] = (data.cashTransferEnrolments?.nodes ?? []).map((node) => node.monthlyAmount);
  const assessed = await asker.ask(operations.EligibilityDocument, { who });
  const finding: "DECEASED" | "NO_DEATH_RECORD" | "UNRESOLVED_IDENTITY" | null | undefined =
    assessed.data.person.vitalStatus?.finding;
  const referral = await asker.ask(operations.ReferralDocument, { who: [who] });
  return { amounts, finding, levels: referral.data.persons.map(({ disability }) => disability?.assessedLevel) };
}
`;

test("the running gateway's schema gives typed operations: what is wrong in them does not compile", async () => {
  const sdl = await (await fetch(`${orvanda.urls.gateway}/schema.graphql`)).text();
  const asked = Object.values(questionsOf(orvanda.country)).map(({ query }) => query);
  const operations = await generateOperations(sdl, asked);
  expect(compile({ "operations.ts": operations, "consumer.ts": consumer })).toEqual([]);

  const wrong = consumer
    .replace(`{ district: "D-04" }`, `{ dsitrict: "D-04" }`)
    .replace(`"DECEASED" | `, "")
    .replace("assessedLevel", "level");
  const said = compile({ "operations.ts": operations, "consumer.ts": wrong });
  expect(said).toHaveLength(3);
  expect(said.join("\n")).toMatch(/'dsitrict' does not exist[^]*"DECEASED"[^]*'level' does not exist/);
});

test("the public schema says at each personal field who may ask, and is fetched again only when it changed", async () => {
  const address = `${orvanda.urls.gateway}/schema.graphql`;
  const first = await fetch(address);
  expect(await first.text()).toContain("Class P4, health. Released for referral (CONSENT).");
  const etag = first.headers.get("etag")!;
  expect(first.headers.get("cache-control")).toBe("no-cache");
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await fetch(address, { headers: { "if-none-match": known } });
    expect([again.status, await again.text(), again.headers.get("etag")], known).toEqual([304, "", etag]);
  }
  expect((await fetch(address, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
});
