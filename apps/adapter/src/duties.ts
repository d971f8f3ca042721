import type { Logger } from "#libs/server";
import { stateTaken } from "#libs/subgraph";
import { rememberFeed, type RunningMinistry } from "./running-ministry.js";

const EVERY = 60_000;
/** A log that was not there yet is asked again soon: until its clock is known and a witness has vouched for it nothing is served. */
const SOON = 250;
/** And one that no witness has vouched for of late: once one has, nothing need wait a minute for it. */
const UNWITNESSED = 2_000;

/**
 * What each ministry does without being asked, each minute: hold the log to what it showed, which starts at once; tell it what was taken on a day
 * that has ended; look whether the machine answers, and forget what has passed.
 */
export function startDuties(ministries: readonly RunningMinistry[], logger: Logger): () => void {
  const known = new Map<RunningMinistry, string>();
  const lookAtLog = async (ministry: RunningMinistry) => {
    const served = ministry.served();
    const { watcher, store } = served;
    await watcher.look();
    await rememberFeed(served);
    await store.prune(new Date());
    report(ministry, watcher.problem() ?? "ok");
    await stateTaken(served, new Date());
  };
  const report = (ministry: RunningMinistry, state: string) => {
    if (known.get(ministry) === state) return;
    known.set(ministry, state);
    const line = { event: "log-watch", provider: ministry.provider, state };
    logger[state === "ok" ? "info" : "warn"](line, "What is known of the log changed.");
  };
  const run = (duty: (ministry: RunningMinistry) => Promise<void>, which: readonly RunningMinistry[]) =>
    void Promise.all(which.map(duty)).catch((error: unknown) =>
      logger.error({ err: error, event: "duty-failed" }, "A duty waits for its next turn."),
    );
  const each = () => {
    run(lookAtLog, ministries);
    run((ministry) => ministry.lookAtSource(), ministries);
  };
  const waiting = () => ministries.filter(({ served }) => served().watcher.isWaiting());
  const unwitnessed = () => ministries.filter(({ served }) => served().watcher.isUnwitnessed());
  run(lookAtLog, ministries);
  const timers = [
    setInterval(each, EVERY).unref(),
    setInterval(() => run(lookAtLog, waiting()), SOON).unref(),
    setInterval(() => run(lookAtLog, unwitnessed()), UNWITNESSED).unref(),
  ];
  return () => timers.forEach(clearInterval);
}
