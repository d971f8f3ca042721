import type { Variables } from "../operation.js";

/** The variables that one fetch uses; absent ones stay absent, so that the subgraph's default applies. */
export function variablePicker(names: readonly string[]): (variables: Variables) => Variables {
  if (names.length === 0) return () => ({});
  return (variables) => {
    const picked: Record<string, unknown> = {};
    for (const name of names) {
      const value = variables[name];
      if (value !== undefined) picked[name] = value;
    }
    return picked;
  };
}
