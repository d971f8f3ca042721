import { type Bytes, fromBase64 } from "./bytes.js";
import { isCount } from "./note.js";
import { NotVerified } from "./not-verified.js";

/** c2sp.org/tlog-proof@v1: the entry's place, the hashes beside its way to the root, the checkpoint as it was signed. */
export interface TlogProof {
  readonly index: number;
  readonly path: readonly Bytes[];
  readonly checkpoint: string;
}

const HEADER = "c2sp.org/tlog-proof@v1";

export function parseProof(text: string): TlogProof {
  const end = text.indexOf("\n\n");
  const [header, place = "", ...lines] = text.slice(0, Math.max(0, end)).split("\n");
  const index = Number(/^index (0|[1-9][0-9]*)$/.exec(place)?.[1]);
  const path = lines.map(fromBase64);
  if (header !== HEADER || !isCount(index) || path.length > 53 || !path.every((hash) => hash?.length === 32))
    throw new NotVerified("proof-form");
  return { index, path: path as Bytes[], checkpoint: text.slice(end + 2) };
}
