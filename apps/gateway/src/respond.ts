import { type Duration, end, parse as parseDuration } from "iso8601-duration";
import type { Grant, Remedy } from "#libs/policy";
import type { CollapsedError } from "#libs/supergraph";
import { codes, type Coordinate, type OrgId } from "#libs/terms";
import type { AccessDecided, Denial } from "./decide.js";
import type { AccessExecuted, SourceReport } from "./execute.js";
import type { Answer } from "./http.js";

/** The envelope: data at the asked shape, one reason per coordinate, sources, duties and the record's index. */
export function respond(executed: AccessExecuted): Answer {
  const errors = [...denialErrors(executed), ...executed.executed.errors.map((error) => sourceError(error, executed))];
  const { inclusion, caller } = executed;
  const record = { log: executed.logOrigin, index: inclusion.index, proof: `/log/proof/${inclusion.index}` };
  const grants = usedGrants(executed);
  // By name: which ministry answered first is nobody's business, and answers that say the same are the same bytes.
  const sources = byName(executed.sources).map(([, source]) => sourceOf(source, executed));
  return {
    status: 200,
    headers: { "weft-record": String(inclusion.index) },
    body: {
      data: executed.executed.data,
      ...(errors.length > 0 && { errors }),
      extensions: {
        weft: {
          record,
          purpose: caller.purpose,
          ...(caller.caseId !== undefined && { case: caller.caseId }),
          complete: errors.length === 0,
          agreements: grants.map(nameOf),
          sources,
          duties: dutiesOf(grants, executed.progress.now),
        },
      },
    },
  };
}

/** What only depends on who asks for which field: explicit, with the shortest lawful way. One error for each place in the answer. */
export function denialErrors({ denied, plan, progress }: AccessDecided): object[] {
  const { rules } = progress.world.contracts;
  return plan.denials.flatMap(({ coordinate, path }) => {
    const denial = denied.get(coordinate);
    if (!denial) return [];
    const { message, origin } = codes[denial.code];
    const extensions = { code: denial.code, origin, coordinate, ...ownerOf(coordinate, rules), ...remedyOf(denial) };
    return [{ message, path, extensions }];
  });
}

function remedyOf({ remedy }: Denial): { remedy?: Remedy } {
  return remedy ? { remedy } : {};
}

function ownerOf(
  coordinate: Coordinate,
  rules: AccessDecided["progress"]["world"]["contracts"]["rules"],
): { provider?: OrgId } {
  const provider = rules.get(coordinate)?.controller;
  return provider ? { provider } : {};
}

/** Always the same words for a coordinate whose basis is consent, whatever the reason was. */
const askForConsent: Remedy = { say: "The person may consent.", consent: true };

function sourceError(
  { coordinate, path, rows, code, retryAfter }: CollapsedError,
  { decision, progress }: AccessExecuted,
): object {
  const byConsent = decision.verdicts.get(coordinate)?.effect === "permitIfConsent";
  return {
    message: codes[code].message,
    path,
    extensions: {
      code,
      origin: codes[code].origin,
      coordinate,
      ...ownerOf(coordinate, progress.world.contracts.rules),
      ...(rows && { rows }),
      ...(retryAfter !== undefined && { retryAfter }),
      ...(code === "NOT_AVAILABLE" && byConsent && { remedy: askForConsent }),
    },
  };
}

/** `stale`: older than the agreement allows. */
function sourceOf({ provider, failure, facts }: SourceReport, { decision, progress }: AccessExecuted): object {
  if (failure) {
    const status = failure.code === "SOURCE_UNAVAILABLE" ? "unavailable" : "refused";
    return {
      provider,
      status,
      code: failure.code,
      ...(failure.retryAfter !== undefined && { retryAfter: failure.retryAfter }),
    };
  }
  const maintenance = facts.find((one) => one.maintenance !== undefined)?.maintenance;
  const ok = { provider, status: "ok", ...(maintenance && { maintenance }) };
  const oldest = facts.flatMap(({ asOf }) => (asOf === null ? [] : [asOf])).sort()[0];
  if (oldest === undefined) return ok;
  const oldestAllowed = decision.agreements.get(provider)?.limits.oldestData;
  const stale = oldestAllowed !== undefined && end(durationOf(oldestAllowed), new Date(oldest)) < progress.now;
  return { ...ok, asOf: oldest, stale };
}

function usedGrants({ decision, sources }: AccessExecuted): readonly Grant[] {
  return byName(sources).flatMap(([provider]) => decision.agreements.get(provider) ?? []);
}

function byName<K extends string, V>(sources: ReadonlyMap<K, V>): [K, V][] {
  return [...sources].sort(([one], [other]) => (one < other ? -1 : 1));
}

function nameOf({ agreement, version }: Grant): string {
  return `${agreement}@${version}`;
}

/** What the consumer owes: agreements with the same duties share a line. */
function dutiesOf(grants: readonly Grant[], now: Date): object[] {
  const byDuty = Map.groupBy(grants, ({ duties }) => `${duties.retention} ${duties.onward}`);
  return [...byDuty.values()].map((same) => {
    const { retention, onward } = same[0]!.duties;
    return { retention, deleteBy: dayAfter(now, retention), onward, agreements: same.map(nameOf) };
  });
}

const durations = new Map<string, Duration>();

function durationOf(text: string): Duration {
  let duration = durations.get(text);
  if (!duration) durations.set(text, (duration = parseDuration(text)));
  return duration;
}

/** Date, UTC. */
function dayAfter(now: Date, retention: string): string {
  return end(durationOf(retention), now).toISOString().slice(0, 10);
}
