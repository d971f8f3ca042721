import { createPublicKey } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { contentsOf, readContents } from "./contents.js";
import type { FileSigner } from "./detached-jws.js";
import { readDraft } from "./draft.js";
import { readFolder } from "./folder.js";
import { loadProposal, SUPERGRAPH } from "./load.js";
import { signRegistry } from "./sign.js";
import { checkAuthority } from "./signature-rules.js";

export interface SignedVersion {
  readonly version: number;
  /** False: the folder is as it was signed before, and nothing was written. */
  readonly isNew: boolean;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * What the registry authority does to a folder that has changed: all is checked, the supergraph composed, the version raised, the list of
 * files written and the registry signed. Throws `ContractProblems`, and then nothing is written: also where a side has not signed. Its
 * key makes no grant.
 */
export async function signVersion(dir: string, authority: FileSigner): Promise<SignedVersion> {
  const { supergraphSdl, version } = await loadProposal(dir);
  const draft = readDraft(await readFolder(dir));
  const authorityKey = createPublicKey(authority.key).export({ format: "jwk" });
  const isSigned = (await checkAuthority(draft, { authorityKey })).length === 0;
  if (isSigned && draft.folder.get(SUPERGRAPH) === supergraphSdl)
    return { version, isNew: false, added: [], changed: [], removed: [] };
  const before = readContents(draft.folder) ?? {};
  await writeFile(path.join(dir, SUPERGRAPH), supergraphSdl);
  await signRegistry(dir, authority, version + 1);
  const after = contentsOf(await readFolder(dir));
  return {
    version: version + 1,
    isNew: true,
    added: Object.keys(after).filter((file) => before[file] === undefined),
    changed: Object.keys(after).filter((file) => before[file] !== undefined && before[file] !== after[file]),
    removed: Object.keys(before).filter((file) => after[file] === undefined),
  };
}
