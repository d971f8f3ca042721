import type { Logger } from "#libs/server";
import type { RunningMinistry } from "./running-ministry.js";

const EVERY = 60_000;
/** A log that was not there yet is asked again soon: until its clock is known nothing is served. */
const SOON = 1_000;

/** What each ministry does without being asked: hold the log to what it showed, and forget what has passed. */
export function startDuties(ministries: readonly RunningMinistry[], logger: Logger): () => void {
  const look = async ({ served, provider }: RunningMinistry) => {
    const { watcher, store } = served();
    const before = watcher.problem();
    await watcher.look();
    await store.prune(new Date());
    const state = watcher.problem() ?? "ok";
    if (state !== (before ?? "ok"))
      logger.warn({ event: "log-watch", provider, state }, "What is known of the log changed.");
  };
  const lookAll = (which: readonly RunningMinistry[]) =>
    void Promise.all(which.map(look)).catch((error: unknown) =>
      logger.error({ err: error, event: "duty-failed" }, "A duty waits for its next turn."),
    );
  const waiting = () => ministries.filter(({ served }) => served().watcher.problem() === "clock-not-measured");
  const timers = [
    setInterval(() => lookAll(ministries), EVERY).unref(),
    setInterval(() => lookAll(waiting()), SOON).unref(),
  ];
  return () => timers.forEach(clearInterval);
}
