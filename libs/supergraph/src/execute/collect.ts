import type { Standing } from "./answers.js";
import { isObject } from "./ingest.js";
import type { Json } from "./run.js";
import type { PlanPath } from "./steps.js";

/** The objects at a path of the results, through lists (`@`) of any depth; nulls are passed over. */
export function compileCollect(path: PlanPath): (data: Json) => readonly Json[] {
  const steps = path.filter((step) => step !== "@");
  return (data) => {
    const found: Json[] = [];
    collect(data, steps, 0, found);
    return found;
  };
}

function collect(value: unknown, steps: readonly string[], at: number, found: Json[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, steps, at, found);
  } else if (isObject(value)) {
    const step = steps[at];
    if (step === undefined) found.push(value);
    else collect(value[step], steps, at + 1, found);
  }
}

/** Where each collected object stands in the answer, in the same order. Walked only when something failed. */
export function standingsAt(data: Json, path: PlanPath): readonly Standing[] {
  const steps = path.filter((step) => step !== "@");
  const found: Standing[] = [];
  function walk(value: unknown, at: number, names: readonly string[], row: number): void {
    if (Array.isArray(value)) {
      value.forEach((item, index) => walk(item, at, names, row < 0 ? index : row));
    } else if (isObject(value)) {
      const step = steps[at];
      if (step === undefined) found.push({ path: names, row });
      else walk(value[step], at + 1, row < 0 ? [...names, step] : names, row);
    }
  }
  walk(data, 0, [], -1);
  return found;
}
