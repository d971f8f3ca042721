import type { FetchFacts } from "../fetch.js";
import type { Supergraph } from "../supergraph.js";
import { failAt, failWhole, type Reason, reasonOf, reasonOfThrown, type Standing, unusable } from "./answers.js";
import { compileIngest, isObject } from "./ingest.js";
import { compileRewrites } from "./rewrites.js";
import type { Run, SubgraphAnswer } from "./run.js";
import type { Step } from "./steps.js";
import { variablePicker } from "./variables.js";

const atRoot: readonly Standing[] = [{ path: [], row: -1 }];

export function compileRootFetch(supergraph: Supergraph, fetch: FetchFacts): Step {
  const { planned } = fetch;
  const ingest = compileIngest(supergraph, fetch.tree, planned);
  const rewrite = compileRewrites(supergraph, fetch.node.outputRewrites);
  const pick = variablePicker(planned.variableNames);

  function receive(run: Run, answer: SubgraphAnswer): void {
    const { data, errors } = answer;
    if (isObject(data)) {
      rewrite?.(data, "Query");
      ingest(run.data, data);
    } else {
      failWhole(run, fetch, atRoot, errors?.[0] ? reasonOf(errors[0].extensions) : unusable);
    }
    for (const error of errors ?? []) failAt(run, fetch, error, error.path ?? [], atRoot);
  }

  const fail = (run: Run, reason: Reason): void => failWhole(run, fetch, atRoot, reason);
  return (run) => send(run, fetch, pick(run.variables), undefined, receive, fail);
}

/** Sends and hands over what comes back; whatever is thrown, here or there, becomes a failure of the fetch. */
export async function send(
  run: Run,
  { planned }: FetchFacts,
  variables: Readonly<Record<string, unknown>>,
  representations: readonly Record<string, unknown>[] | undefined,
  receive: (run: Run, answer: SubgraphAnswer) => void,
  fail: (run: Run, reason: Reason) => void,
): Promise<void> {
  let answer: SubgraphAnswer;
  try {
    answer = await run.dispatch(planned, variables, representations);
  } catch (error) {
    fail(run, reasonOfThrown(error));
    return;
  }
  try {
    receive(run, answer);
  } catch {
    fail(run, unusable);
  }
}
