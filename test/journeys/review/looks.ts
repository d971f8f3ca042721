import { appendFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { AlertsAnswer, OfficesAnswer, SearchAnswer } from "#libs/review";
import { namedPersons } from "../../../apps/sandbox/src/country/cast.js";
import { questionsOf } from "../../../apps/sandbox/src/questions.js";
import type { ReviewWorld } from "./world.js";

/** Somebody else of the same household, by their number. */
function livesWith(name: string, { country }: ReviewWorld["orvanda"]) {
  const own = country.person(namedPersons.get(name)!);
  const { head } = own.household;
  const others = Array.from({ length: 12 }, (_, n) => country.person(head + n));
  const found = others.find(({ n, nid, household }) => n !== own.n && nid !== null && household.head === head);
  return { scheme: "NATIONAL_ID", value: found!.nid! };
}

/** To an officer: what your work explains is left alone. To a citizen: who looks at themselves or their family is looked at. */
export function looks(world: ReviewWorld): void {
  test("what no case of the house explains is to be looked at, and so is an officer who asked about themselves or their household", async () => {
    const { orvanda, welfare, authority } = world;
    const { eligibility } = questionsOf(orvanda.country);
    const explained = await orvanda.ask(eligibility);
    const unexplained = await orvanda.ask({ ...eligibility, caseId: "c-2026-9999" });
    const about = (who: object) => orvanda.ask({ ...eligibility, variables: { who } });
    const own = await about(orvanda.who("Hariss Brandow"));
    const relative = await about(livesWith("Hariss Brandow", orvanda));
    const alerts = async () => ((await welfare.get("/api/alerts?limit=500")).body as AlertsAnswer).alerts;
    const recordsOf = async (rule: string) =>
      (await alerts()).filter((alert) => alert.rule === rule).flatMap(({ records }) => records);
    const patience = { timeout: 40_000, interval: 500 };
    await expect.poll(() => recordsOf("own-record"), patience).toContain(own.record);
    await expect.poll(() => recordsOf("same-household"), patience).toEqual([relative.record]);
    await expect.poll(() => recordsOf("unexplained"), patience).toContain(unexplained.record);
    expect(await recordsOf("unexplained")).not.toContain(explained.record);
    await world.indexed();
    const search = { occasion: { purpose: "audit", case: "i-2026-7" }, limit: 200 };
    const looked = await authority.post("/api/search", {
      ...search,
      terms: { client: "review:main", kinds: ["review"] },
    });
    const { hits } = looked.body as SearchAnswer;
    expect(hits.map(({ caller }) => caller?.officer)).toContain("review:main");
  });
  leftWithoutAnAnswer(world);
}

/** To whoever has no number: where people are left without an answer is seen, and of nobody where they live. */
function leftWithoutAnAnswer(world: ReviewWorld): void {
  test("by ministry and office: the cases of people of whom nothing could be said, for their own house and the authority", async () => {
    const { orvanda, welfare, civil, authority } = world;
    const cases = [7001, 7002, 7003, 7004].map((n) => `c-2026-${n}`);
    const rows = cases.map((number, n) => `${number};;;2026-01-01;;${n < 3 ? "QV-3-07" : "QV-1-01"}\n`);
    appendFileSync(path.join(orvanda.dataDir, "mis", "cases", "welfare-cases.csv"), rows.join(""));
    const query = "query Name($who: PersonKey!) { person(key: $who) { identity { fullName } } }";
    const who = { scheme: "NATIONAL_ID", value: "9999999999" };
    for (const caseId of [...cases, "c-2026-7999"])
      await orvanda.ask({ persona: "caseworker", query, caseId, variables: { who } });
    await world.indexed();
    const told = { offices: [{ office: "QV-3-07", cases: 3 }], few: 1, unknown: 1 };
    for (const reviewer of [welfare, authority]) {
      const { body } = await reviewer.post("/api/today/offices", {});
      const { rows: seen } = body as OfficesAnswer;
      expect(seen.find(({ provider, house }) => provider === "org:civil" && house === "org:welfare")?.told).toEqual(
        told,
      );
    }
    // Another house's cases are not its own: it is not even asked.
    const others = (await civil.post("/api/today/offices", {})).body as OfficesAnswer;
    expect(others.rows).toEqual([]);
  });
}
