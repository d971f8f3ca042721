import type { AdapterConfig } from "./config.js";

/** What a MIS is asked for a few persons at a time: N persons are N / `perCall` calls, at most `protect.connections` of them at once. */
export interface SmallCalls {
  readonly resource: string;
  readonly perCall: number;
}

/** Where there is no batch look-up, or a small one. Empty for databases and files. */
export function smallCallsOf({ source }: AdapterConfig): readonly SmallCalls[] {
  if (!("resources" in source)) return [];
  return Object.entries(source.resources).flatMap(([resource, asked]) => {
    const sizes = source.kind === "fhir" ? [source.perCall] : sizesOf(asked);
    const known = sizes.filter((size) => size !== undefined);
    return known.length === 0 ? [] : [{ resource, perCall: Math.min(...known) }];
  });
}

function sizesOf(asked: object): readonly (number | undefined)[] {
  const requests = "perCall" in asked ? [asked] : [asked, ...Object.values(asked as Record<string, unknown>)];
  return requests.flatMap((each) =>
    typeof each === "object" && each !== null && "perCall" in each ? [each.perCall as number | undefined] : [],
  );
}
