import { expect, test } from "vitest";
import type { AlertsAnswer, Investigation, RecordAnswer, TodayAnswer } from "#libs/review";
import { accessOf, clientOf, officerAssertion } from "../../../apps/sandbox/src/client-files.js";
import { SIGNED_IN_BY } from "../../../apps/sandbox/src/issuer-files.js";
import { personas } from "../../../apps/sandbox/src/personas.js";
import { createClient, StepUpRequired } from "../../../libs/client/src/index.js";
import { type Signed, signIn } from "../reviewer.js";
import type { ReviewWorld } from "./world.js";

const question = "query Q($who: PersonKey!) { person(key: $who) { disability { assessedLevel } } }";
const REASON = "Brought in without a word by passers-by; Amara T. by her bag, we need to know what to expect.";
const seconds = (ago: number) => Math.floor(Date.now() / 1000) - ago;

/** Of the first emergency: its record, and who reviews it. */
let record: number;
let [clinic, disability]: Signed[] = [];

/** A clinician who signed in at a moment, and whoever they are when they sign in again. */
function clinicianOf({ orvanda }: ReviewWorld) {
  return (signedIn: { at: number }, more: object = { reason: REASON }) =>
    createClient(clientOf(personas.clinic, orvanda.urls)).for({
      ...accessOf(personas.clinic),
      purpose: "vital-interest",
      case: "er-2026-0009",
      officer: () => officerAssertion(personas.clinic, new Date(), signedIn.at),
      ...more,
    });
}

/** To everybody: your life may be saved without asking you. Then somebody else looks at why, and you hear of it. */
export function emergencies(world: ReviewWorld): void {
  breaksTheGlass(world);
  givesTheReason(world);
  isReviewed(world);
  outlivesAKill(world);
}

function breaksTheGlass(world: ReviewWorld): void {
  test("who signed in this morning is asked to sign in again, and then breaks the glass for one person", async () => {
    const { orvanda } = world;
    const who = orvanda.who("Amara Tessel");
    const session = { at: seconds(3600) };
    const asker = clinicianOf(world)(session);
    const refused = await asker.ask(question, { who }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StepUpRequired);
    expect(refused).toMatchObject({
      status: 401,
      code: "STEP_UP_REQUIRED",
      remedy: { say: "Let the officer sign in again, strongly, and ask within 300 seconds." },
      acrValues: [SIGNED_IN_BY],
      maxAge: 300,
      record: expect.any(Number) as unknown,
    });
    session.at = seconds(0);
    const answer = await asker.ask(question, { who });
    expect(answer.data).toEqual({ person: { disability: { assessedLevel: expect.anything() as unknown } } });
    expect(answer.weft).toMatchObject({ purpose: "vital-interest", complete: true });
    record = answer.weft.record.index;
  });

  test("without a reason nobody does, and not for two", async () => {
    const { orvanda } = world;
    const clinician = clinicianOf(world);
    const mute = await clinician({ at: seconds(0) }, {}).ask(question, { who: orvanda.who("Amara Tessel") });
    expect(mute.data).toEqual({ person: { disability: null } });
    expect(mute.errors.map(({ extensions }) => extensions.code)).toEqual(["REASON_REQUIRED"]);
    const two = "query Q($who: [PersonKey!]!) { persons(keys: $who) { disability { assessedLevel } } }";
    const both = await clinician({ at: seconds(0) }).ask(two, {
      who: [orvanda.who("Amara Tessel"), orvanda.who("Toved Halmik")],
    });
    expect(both.errors.map(({ extensions }) => extensions.code)).toEqual(["LIMIT_EXCEEDED"]);
  });
}

function givesTheReason(world: ReviewWorld): void {
  test("the reason is in the record for both houses and the authority, and in nobody else's look", async () => {
    const { orvanda, civil, authority } = world;
    clinic = await signIn(orvanda.urls, "clinic");
    disability = await signIn(orvanda.urls, "disability");
    await world.indexed();
    const read = (who: Signed) =>
      who.post("/api/record", { occasion: { purpose: "audit", case: "i-2026-9" }, index: record });
    for (const who of [clinic, disability, authority]) {
      const { body, text } = await read(who);
      expect((body as RecordAnswer).emergency, text).toMatchObject({ reason: REASON, acr: SIGNED_IN_BY });
      expect((body as RecordAnswer).words).toContain(REASON);
    }
    expect((await read(civil)).code).toBe("NOT_FOUND");
    // A reason that rests on no emergency is recorded nowhere.
    const referral = clinicianOf(world)({ at: seconds(0) }, { purpose: "referral", reason: REASON });
    const { weft } = await referral.ask(question, { who: orvanda.who("Amara Tessel") });
    await world.indexed();
    const other = await clinic.post("/api/record", {
      occasion: { purpose: "audit", case: "i-2026-9" },
      index: weft.record.index,
    });
    expect((other.body as RecordAnswer).emergency).toBeUndefined();
    expect(other.text).not.toContain(REASON);
  });
}

function isReviewed(world: ReviewWorld): void {
  test("it waits on both houses' first page until somebody has looked", async () => {
    const emergency = async (who: Signed) =>
      ((await who.post("/api/today", {})).body as TodayAnswer).work.find((item) => item.record === record);
    for (const who of [clinic!, disability!, world.authority]) {
      await expect.poll(() => emergency(who), { timeout: 20_000, interval: 200 }).toBeDefined();
      expect(await emergency(who)).toMatchObject({ kind: "emergency", want: "review-emergency" });
    }
    const { alerts } = (await clinic!.get("/api/alerts")).body as AlertsAnswer;
    const due = Date.parse(alerts.find(({ records }) => records.includes(record))!.due!);
    expect(Math.round((due - Date.now()) / 3_600_000)).toBe(72);
  });

  test("reviewed by its own house with a second person, it is gone from every first page; nobody else's word ends it", async () => {
    const items = async (who: Signed) =>
      ((await who.post("/api/today", {})).body as TodayAnswer).work.filter((item) => item.record === record);
    const review = { occasion: { purpose: "audit", case: "er-review-9" }, of: [record], reason: "break-glass" };
    const opened = (await clinic!.post("/api/investigations", review)).body as Investigation;
    expect(opened).toMatchObject({ state: "open", consumer: "org:clinic" });
    expect(await items(clinic!)).toEqual([]);
    expect(await items(disability!)).toHaveLength(1);
    const act = (who: Signed, action: string, brought: object = {}) =>
      who.post(`/api/investigations/${opened.id}/${action}`, brought);
    await act(clinic!, "propose", { outcome: "justified" });
    expect((await act(clinic!, "confirm")).code).toBe("SECOND_PERSON_REQUIRED");
    const second = await signIn(world.orvanda.urls, "clinicSecond");
    expect(((await act(second, "confirm")).body as Investigation).state).toBe("closed");
    for (const who of [clinic!, disability!, world.authority]) expect(await items(who)).toEqual([]);
    const { alerts } = (await disability!.get("/api/alerts")).body as AlertsAnswer;
    expect(alerts.find(({ records }) => records.includes(record))).toMatchObject({ review: "reviewed" });
  });
}

function outlivesAKill(world: ReviewWorld): void {
  test("rules that were killed go on where they were: what came meanwhile is found, nothing is found twice, and how far they are is told", async () => {
    const { orvanda, authority } = world;
    const all = async () => ((await authority.get("/api/alerts?limit=500")).body as AlertsAnswer).alerts;
    const before = await all();
    await orvanda.kill("console");
    const { weft } = await clinicianOf(world)({ at: seconds(0) }).ask(question, { who: orvanda.who("Amara Tessel") });
    const meanwhile = weft.record.index;
    await orvanda.startApp("console");
    await expect
      .poll(async () => (await all()).flatMap(({ records }) => records), { timeout: 40_000, interval: 300 })
      .toContain(meanwhile);
    const after = await all();
    const ids = after.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
    const broken = (index: number) => after.filter((it) => it.rule === "break-glass" && it.records.includes(index));
    expect([broken(record), broken(meanwhile)].map(({ length }) => length)).toEqual([1, 1]);
    const { watch } = (await authority.get("/api/alerts")).body as AlertsAnswer;
    expect(watch!.followed).toBeGreaterThan(meanwhile);
    const today = (await authority.post("/api/today", {})).body as TodayAnswer;
    expect(today.watch).toMatchObject({ behind: expect.any(Number) as number });
    const health = await (await fetch(`${orvanda.urls.console}/health/ready`)).text();
    expect(health).toMatch(/"watch\.behind":\d+/);
    expect(health).toMatch(/"watch\.turned":"20/);
  });
}
