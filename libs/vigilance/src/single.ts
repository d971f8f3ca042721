import { type Access, DAY, dayOf, isUnexplained } from "./access.js";
import { type Alert, alertId, type RuleName } from "./alert.js";
import type { WatchConfig } from "./config.js";

/**
 * What one access tells by itself, out of the answers of those who know.
 *
 * - `own-record`: `{explained}`, 1 where a case is confirmed all the same
 * - `same-household`: the same
 * - `break-glass`: `{hours}`, in which somebody must look; every one of them
 */
export function singleAlerts(access: Access, config: WatchConfig): Alert[] {
  const { isOwn, isHousehold } = access.answers;
  const explained = access.answers.unconfirmed?.length === 0 ? 1 : 0;
  const has = (rule: RuleName) => !(config.without as readonly string[]).includes(rule);
  const { purpose, hours } = config.breakGlass;
  return [
    ...(isOwn === true && has("own-record") ? [about(access, "own-record", 95, { explained })] : []),
    ...(isHousehold === true && has("same-household")
      ? [about(access, "same-household", explained ? 62 : 88, { explained })]
      : []),
    ...(access.isEmergency === true || access.purpose === purpose
      ? [{ ...about(access, "break-glass", 80, { hours }), due: new Date(access.at.getTime() + (hours * DAY) / 24) }]
      : []),
  ];
}

function about(access: Access, rule: RuleName, score: number, counts: Alert["counts"]): Alert {
  const { index, at, consumer, officer, providers } = access;
  const id = alertId(rule, consumer, index);
  return { id, rule, consumer, officer, providers, records: [index], counts, score, at, due: undefined, state: "open" };
}

/**
 * `unexplained`: `{accesses}` of an officer on one day that no case explains. The first work list, and no suspicion: it ranks below the rules.
 * With none left, what was raised is withdrawn. Call it with all accesses of that officer and day.
 */
export function unexplainedAlert(ofDay: readonly Access[]): Alert | undefined {
  const [first] = ofDay;
  if (!first) return undefined;
  const { consumer, officer } = first;
  const left = ofDay.filter(isUnexplained);
  return {
    id: alertId("unexplained", consumer, officer, dayOf(first.at)),
    rule: "unexplained",
    consumer,
    officer,
    providers: [...new Set((left.length > 0 ? left : ofDay).flatMap(({ providers }) => providers))].slice(
      0,
      left.length === 1 ? 64 : 0,
    ),
    records: left.map(({ index }) => index),
    counts: { accesses: left.length },
    score: Math.min(45, 20 + 3 * left.length),
    at: (left.at(-1) ?? first).at,
    due: undefined,
    state: left.length > 0 ? "open" : "withdrawn",
  };
}
