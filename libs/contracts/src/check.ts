import type { JWK } from "jose";
import type { Contracts } from "./contracts.js";
import type { AgreementDraft } from "./draft.js";
import { readDraft } from "./draft.js";
import { readFolder } from "./folder.js";
import { loadContracts, loadProposal } from "./load.js";
import { ContractProblems, type Problem } from "./problem.js";
import { missingSignatures } from "./signature-rules.js";

/** What `weft contract check` says: the folder as it would serve, or its problems; and what nobody should be surprised by later. */
export interface Checked {
  readonly contracts: Contracts | null;
  readonly problems: readonly Problem[];
  /** Agreements that do not count now, or soon will not: suspended, ended, not begun, ending within 30 days; and who has not signed a proposed one. */
  readonly notices: readonly Problem[];
}

const SOON = 30 * 24 * 3600_000;

/** `authorityKey`: null for a folder that is only proposed, which the registry authority has yet to sign. */
export async function checkContracts(dir: string, options: { authorityKey: JWK | null; now: Date }): Promise<Checked> {
  const { authorityKey, now } = options;
  try {
    const contracts =
      authorityKey === null ? await loadProposal(dir, { unsigned: true }) : await loadContracts(dir, { authorityKey });
    const draft = readDraft(await readFolder(dir));
    const notices = draft.agreements.flatMap((it) => noticesOf(it, now));
    return { contracts, problems: [], notices: [...notices, ...missingSignatures(draft)] };
  } catch (error) {
    if (!(error instanceof ContractProblems)) throw error;
    return { contracts: null, problems: error.problems, notices: [] };
  }
}

/** An agreement that has ended does not stop a country: its fields are refused, the rest serves. It is said here instead. */
function noticesOf({ file }: AgreementDraft, now: Date): readonly Problem[] {
  const { state, valid } = file.value;
  const at = (path: readonly string[], wrong: string, right: string): Problem[] => [
    { file: file.file, line: file.lineOf(path), wrong, right },
  ];
  if (state !== "active")
    return at(["state"], `is ${state}: its fields are refused`, "state: active, signed again by both");
  const until = Date.parse(valid.until);
  if (until < now.getTime())
    return at(["valid"], `ended ${valid.until}`, "a new version with a later end, or its removal");
  if (Date.parse(valid.from) > now.getTime()) return at(["valid"], `begins ${valid.from}`, "nothing, if that is meant");
  return until - now.getTime() < SOON ? at(["valid"], `ends ${valid.until}`, "a new version with a later end") : [];
}
