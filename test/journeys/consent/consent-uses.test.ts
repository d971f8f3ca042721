import type { CanonicalPerson, OrgId, PurposeCode } from "#libs/terms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { referralConsentOf } from "../../../apps/sandbox/src/network.js";
import { type Attempt, captureGateway, type CapturedGateway } from "../../attack/captured-gateway.js";
import { type Orvanda, startOrvanda } from "../orvanda.js";
import { until } from "./thousand.js";

/**
 * To whoever agrees for so many times: it is counted on the disk before an answer leaves. No power cut, no crowd of questions at one time
 * and nobody else gets one time more.
 */
let orvanda: Orvanda;
let captured: CapturedGateway;

beforeAll(async () => {
  orvanda = await startOrvanda();
  captured = await captureGateway(orvanda.urls);
});
afterAll(async () => {
  await captured?.close();
  await orvanda?.stop();
});

const fields = { level: "DisabilityEnrolment.assessedLevel", since: "DisabilityEnrolment.since" } as const;

function about(person: CanonicalPerson, change: Partial<Attempt> = {}, field: keyof typeof fields = "level"): Attempt {
  return {
    ministry: "disability",
    query: `query($representations:[_Any!]!){_entities(representations:$representations){...on Person{disability{${fields[field].split(".")[1]}}}}}`,
    persons: [person],
    coordinates: ["Person.disability", fields[field]],
    agreement: "dsa-disability-clinic-2026",
    caller: {
      consumer: "org:clinic",
      client: "client:clinic-referrals",
      purpose: "referral",
    } as unknown as NonNullable<Attempt["caller"]>,
    ...change,
  };
}

/** Whether the value was told. */
async function isTold(attempt: Attempt): Promise<boolean> {
  const { code, body } = await captured.send("disability", await captured.prepare(attempt));
  expect(code).toBe("answered");
  return !JSON.stringify(body).includes("NOT_AVAILABLE");
}

const person = (name: string) => `nid:${orvanda.who(name).value}` as CanonicalPerson;

/**
 * Agrees for so many times. That it has arrived is seen by a second consent of the same moment, to another field: to ask for the first
 * would use it.
 */
async function agree(who: CanonicalPerson, uses: number): Promise<string> {
  const usual = referralConsentOf(who);
  const only = (field: keyof typeof fields) =>
    ["Person.disability", fields[field]] as unknown as typeof usual.coordinates;
  const limited = { ...usual, coordinates: only("level"), frequency: { uses } };
  const record = await orvanda.consents.giveConsent(limited);
  await orvanda.consents.giveConsent({ ...usual, coordinates: only("since") });
  await until("the consent has arrived", () => isTold(about(who, {}, "since")));
  return record;
}

test("of a consent for twelve times the thirteenth is withheld, also after the power was cut between the two", async () => {
  const who = person("Amara Tessel");
  await agree(who, 12);
  for (let n = 1; n <= 12; n++) expect(await isTold(about(who))).toBe(true);
  await orvanda.kill("adapter");
  await orvanda.startApp("adapter");
  expect(await isTold(about(who))).toBe(false);
  expect(await isTold(about(who, {}, "since"))).toBe(true);
});

test("of many who ask at one time for the last use, exactly one is told", async () => {
  const who = person("Velwyn oth Vaskeby");
  await agree(who, 3);
  for (let n = 1; n <= 2; n++) expect(await isTold(about(who))).toBe(true);
  const calls = await Promise.all(Array.from({ length: 24 }, () => captured.prepare(about(who))));
  const heard = await Promise.all(calls.map((call) => captured.send("disability", call)));
  expect(heard.filter(({ code }) => code === "answered")).toHaveLength(24);
  expect(heard.filter(({ body }) => !JSON.stringify(body).includes("NOT_AVAILABLE"))).toHaveLength(1);
  expect(await isTold(about(who))).toBe(false);
});

test("a consent is its recipient's: another client that names it, or asks for another purpose, is told nothing and uses nothing", async () => {
  const who = person("Yokhir ka-Rishan");
  const record = await agree(who, 1);
  const welfare = {
    consumer: "org:welfare" as OrgId,
    client: "client:welfare-casework",
    purpose: "referral" as PurposeCode,
  } as unknown as NonNullable<Attempt["caller"]>;
  const replayed = { agreement: "dsa-disability-welfare-2026", caller: welfare, section: { consents: [record] } };
  for (let n = 0; n < 3; n++) expect(await isTold(about(who, replayed))).toBe(false);
  const other = { ...about(who).caller, purpose: "eligibility-assessment" } as NonNullable<Attempt["caller"]>;
  const { code } = await captured.send("disability", await captured.prepare(about(who, { caller: other })));
  expect(code).not.toBe("answered");
  expect(await isTold(about(who))).toBe(true);
  expect(await isTold(about(who))).toBe(false);
});
