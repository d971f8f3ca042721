import { randomBytes, randomInt } from "node:crypto";
import { type Candidate, entryOf, leafHash } from "../../dist/libs/access-log/src/index.js";
import { type B64u, digestOf, random16, toB64u } from "../../dist/libs/terms/src/index.js";

/** A JWT of six ministries' record: what it says is nobody's matter here, its length is. */
const JWT_BYTES = 1_150;
const padding = toB64u(randomBytes(JWT_BYTES)).slice(0, JWT_BYTES - 24);

export interface CandidateOptions {
  /** Characters of what each record discloses. */
  readonly disclosed: number;
}

/** Intents and, some hundreds later, their outcomes: as many of the one as of the other. */
export function candidates(count: number, { disclosed }: CandidateOptions): Candidate[] {
  const disclosure = toB64u(randomBytes(disclosed)).slice(0, disclosed);
  const open: B64u[] = [];
  return Array.from({ length: count }, () => {
    const parent = open.length > 800 && randomInt(2) === 0 ? open.shift() : undefined;
    const jti = random16();
    if (parent === undefined) open.push(jti);
    return candidate(jti, parent, disclosure);
  });
}

function candidate(jti: B64u, parent: B64u | undefined, disclosure: string): Candidate {
  const jwt = `${jti}.${padding}`;
  return {
    leaf: leafHash(entryOf(jwt)),
    jti,
    kind: parent === undefined ? "intent" : "outcome",
    iss: "gateway:main",
    parent,
    exp: new Date(Date.now() + 30_000),
    jwt,
    disclosures: [disclosure],
    requestKey: parent === undefined ? digestOf(jti) : undefined,
  };
}
