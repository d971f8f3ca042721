import {
  type CosignatureDecision,
  type CosignatureSigner,
  cosign,
  decideCosignature,
  type NoteSignature,
  type NoteVerifier,
  originOf,
  parseAddCheckpoint,
  parseNote,
  printNote,
} from "#libs/access-log";
import type { WitnessState } from "./witness-state.js";

/** One witness: its key, the logs that it vouches for, and what it remembers. */
export interface Witness {
  readonly signer: CosignatureSigner;
  readonly logs: readonly NoteVerifier[];
  readonly state: WitnessState;
  /** Seconds. */
  readonly now: () => number;
}

export type Answer =
  | { readonly status: 200; readonly signature: NoteSignature; readonly size: number }
  | Exclude<CosignatureDecision, { readonly status: 200 }>;

/** `POST /add-checkpoint` from its body to its answer. What is answered with 200 is on the disk. */
export function addCheckpoint(body: string, { signer, logs, state, now }: Witness): Answer {
  let signature: NoteSignature | undefined;
  const decision = state.decide(
    () => decideCosignature(body, { logs, latest: (origin) => state.find(origin) }),
    ({ text }) => {
      signature = cosign(text, signer, now());
      return keptNote(parseAddCheckpoint(body).note, logs, signature);
    },
  );
  if (decision.status === 200) return { status: 200, signature: signature!, size: decision.checkpoint.size };
  if (decision.status === 409 && decision.fork) keepFork(body, state, decision.size);
  return decision;
}

/** The log's own signatures and ours. Other lines are nobody's word that we know, and could be anything. */
function keptNote(note: string, logs: readonly NoteVerifier[], ours: NoteSignature): string {
  const { text, signatures } = parseNote(note);
  const own = signatures.filter(({ name, keyId }) => logs.some((log) => log.name === name && log.keyId.equals(keyId)));
  return printNote({ text, signatures: [...own, ours] });
}

function keepFork(body: string, state: WitnessState, size: number): void {
  const shown = parseAddCheckpoint(body).note;
  const origin = originOf(shown);
  const held = state.find(origin)?.note;
  if (held !== undefined) state.keepFork({ origin, size, held, shown });
}
