import { expect, test } from "vitest";
import { type AgreementId, digestOf } from "#libs/terms";
import { noteVerifier } from "./note.js";
import { pinLogs } from "./proof.js";
import { issueRecord } from "./record.js";
import { console, logKey, now, openLog, org, origin, otherLogKey, review } from "./review/review.fixture.js";
import { readSuspension, type Suspension } from "./suspension.js";
import { watchSuspensions } from "./suspension-watch.js";

const digest = digestOf("agreement");
const look = { kind: "suspend", agreement: "dsa-civil" as AgreementId, version: 3, digest, reason: "breach" } as const;
const logs = pinLogs([noteVerifier(origin, logKey).vkey]);

async function suspended(key = logKey, draft = review("civil", { look })) {
  const log = await openLog(key);
  const record = issueRecord(draft, console, now);
  const { index, proof } = await log.append(record);
  return { index, record: record.presentation(), proof };
}

test("a provider's word is believed to the log's key alone", async () => {
  expect(readSuspension(await suspended(), logs)).toEqual({
    provider: "org:civil",
    agreement: "dsa-civil",
    version: 3,
    digest,
    reason: "breach",
    record: 0,
    at: now,
  });
});

test("what no pinned log holds, holds another record, or suspends nothing, is none", async () => {
  const notice = await suspended();
  const forged = await suspended(otherLogKey);
  const other = await suspended(logKey, review("bank", { look }));
  const aLook = await suspended(logKey, review("civil"));
  const held = notice.record.split("~").slice(0, 2).join("~");
  for (const wrong of [forged, aLook, { ...notice, record: other.record }, { ...notice, record: `${held}~` }])
    expect(() => readSuspension(wrong, logs)).toThrow(/record|proof/);
});

test("the review interface answers nothing to it", async () => {
  const log = await openLog();
  await expect(log.look(review("civil", { look }))).rejects.toMatchObject({ code: "RECORD_REJECTED" });
});

test("what was heard once stays, whatever the log says later", async () => {
  const one = { ...look, provider: org("civil"), record: 4, at: now } as Suspension;
  const answers: (readonly Suspension[] | Error)[] = [[one], new Error("away"), []];
  const heard: number[] = [];
  const watch = await watchSuspensions(
    {
      suspensions: async () => {
        const answer = answers.shift() ?? [];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    { onChange: (all) => heard.push(all.length), onProblem: () => heard.push(-1) },
  );
  await expect.poll(() => answers.length, { timeout: 10_000 }).toBe(0);
  expect(watch.current()).toEqual([one]);
  expect(heard).toEqual([1, -1]);
  watch.close();
});
