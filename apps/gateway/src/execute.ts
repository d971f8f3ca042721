import type { Executed, PlannedFetch, SubgraphAnswer } from "#libs/supergraph";
import { type CanonicalPerson, type OrgId, type SubjectRef, WeftError } from "#libs/terms";
import type { Gateway } from "./gateway.js";
import type { ReplyFacts } from "./provider.js";
import { type AccessRecorded, type Evidence, providerOf, recordLaterWave } from "./record-access.js";

/** What became of one ministry's part. */
export interface SourceReport {
  readonly provider: OrgId;
  readonly failure: WeftError | undefined;
  readonly facts: readonly ReplyFacts[];
  readonly persons: number;
}

export interface AccessExecuted extends AccessRecorded {
  readonly executed: Executed;
  readonly sources: ReadonlyMap<OrgId, SourceReport>;
}

/** Fetches what the plan names, each with the proof that the log holds its record; what fails is null with its reason. */
export async function execute(recorded: AccessRecorded, gateway: Gateway): Promise<AccessExecuted> {
  const sources = new Map<OrgId, SourceReport>();
  const until = performance.now() + gateway.deadline;
  const references = referencesOf(recorded);
  const executed = await recorded.plan.execute(
    async (fetch, variables, representations) =>
      fetch.subgraph === "weft"
        ? recorded.progress.world.references.answer(fetch, variables, representations, references)
        : ask(fetch, variables, representations, { recorded, gateway, until, sources }),
    recorded.operation.variables,
  );
  return { ...recorded, executed, sources };
}

function referencesOf({ caller, personOf, progress }: AccessRecorded) {
  return { personOf, idOf: (person: CanonicalPerson) => progress.world.seals.seal(caller.consumer, person) };
}

interface Asking {
  readonly recorded: AccessRecorded;
  readonly gateway: Gateway;
  readonly until: number;
  readonly sources: Map<OrgId, SourceReport>;
}

async function ask(
  fetch: PlannedFetch,
  variables: Readonly<Record<string, unknown>>,
  representations: readonly Record<string, unknown>[] | undefined,
  asking: Asking,
): Promise<SubgraphAnswer> {
  const { recorded, gateway, until, sources } = asking;
  const provider = providerOf(recorded, fetch);
  const refs = (representations ?? []).map(({ ref }) => ref as SubjectRef);
  const started = performance.now();
  try {
    const evidence = recorded.evidenceFor(fetch, refs) ?? (await recordLaterWave(recorded, fetch, refs, gateway));
    const reply = await gateway.providers
      .get(provider)
      .ask(bodyOf(fetch, variables, representations, evidence), until - performance.now());
    note(sources, provider, undefined, reply.facts, refs.length);
    gateway.metrics.fetched(provider, "ok", performance.now() - started);
    return { data: reply.data, errors: reply.errors.map(({ path, code }) => ({ path, extensions: { code } })) };
  } catch (error) {
    const failure = error instanceof WeftError ? error : new WeftError("SOURCE_UNAVAILABLE", { cause: error });
    note(sources, provider, failure, undefined, 0);
    gateway.metrics.fetched(provider, failure.code, performance.now() - started);
    if (failure.code === "SOURCE_REFUSED" || failure.code === "SOURCE_INVALID") {
      gateway.warn("an adapter's reply was not used", { provider, code: failure.code, detail: failure.detail ?? "" });
    }
    throw failure;
  }
}

/** The constant part of a fetch's body is written once a plan. */
const prefixes = new WeakMap<PlannedFetch, string>();

function bodyOf(
  fetch: PlannedFetch,
  variables: Readonly<Record<string, unknown>>,
  representations: readonly Record<string, unknown>[] | undefined,
  evidence: Evidence,
): string {
  let prefix = prefixes.get(fetch);
  if (prefix === undefined) prefixes.set(fetch, (prefix = `{"query":${JSON.stringify(fetch.text)},"variables":`));
  const all = representations ? { ...variables, representations } : variables;
  return `${prefix}${JSON.stringify(all)},"extensions":{"weft":{"fetch":${fetch.n},${evidence}}}}`;
}

function note(
  sources: Map<OrgId, SourceReport>,
  provider: OrgId,
  failure: WeftError | undefined,
  facts: ReplyFacts | undefined,
  persons: number,
): void {
  const known = sources.get(provider);
  sources.set(provider, {
    provider,
    failure: known?.failure ?? failure,
    facts: [...(known?.facts ?? []), ...(facts ? [facts] : [])],
    persons: (known?.persons ?? 0) + persons,
  });
}
