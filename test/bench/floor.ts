import { sandboxSealMaster } from "../../dist/apps/sandbox/src/keys.js";
import { type CanonicalPerson, deriveSealKey, type OrgId, Sealer } from "../../dist/libs/terms/src/index.js";
import type { FloorCall, FloorOptions } from "./floor-main.ts";
import { fetchesOf } from "./plan.ts";
import { nationalId, questions } from "./questions.ts";
import { presentationOf } from "./recording.ts";

/** The calls of the question about one person, with a record as long as a real one in each; see `floor-main.ts`. */
export function floorOptions(servers: string): FloorOptions {
  const fetches = fetchesOf(questions.person).filter(({ subgraph }) => subgraph !== "weft");
  const providers = [...new Set(fetches.map(({ subgraph }) => subgraph))];
  const call = (subgraph: string, query: string): FloorCall => {
    const weft = {
      record: presentationOf(providers.length),
      proof: "p".repeat(PROOF),
      argsKey: "k".repeat(22),
      fetch: 0,
    };
    const representations = [{ __typename: "Person", ref: refAt(subgraph) }];
    return {
      path: `/${subgraph}/graphql`,
      body: JSON.stringify({ query, variables: { representations }, extensions: { weft } }),
    };
  };
  const waves = Map.groupBy(fetches, ({ wave }) => wave).values();
  return {
    servers,
    waves: [...waves].map((wave) => wave.map(({ subgraph, text }) => call(subgraph, text))),
    answer: JSON.stringify({ data: "a".repeat(ANSWER) }),
  };
}

/** Characters of a proof in a log of some ten thousand entries, and of an answer with its envelope. */
const PROOF = 1000;
const ANSWER = 2000;

function refAt(subgraph: string): string {
  const key = deriveSealKey(sandboxSealMaster.kid, sandboxSealMaster.bytes, `org:${subgraph}` as OrgId);
  return new Sealer(key).seal(`nid:${nationalId(0)}` as CanonicalPerson);
}
