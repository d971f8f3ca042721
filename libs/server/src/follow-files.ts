import { statSync } from "node:fs";

/** What becomes of a change: it is taken, or it cannot be used and the last good state stays. */
export interface OnChange {
  readonly taken: () => void;
  readonly leftAside: (error: unknown) => void;
}

/**
 * What `read` makes of files, read again once one of them changed. The first reading throws; a later one that throws is told once and left
 * aside until the files change again, so that a certificate whose key is still being written does no harm.
 */
export function followFiles<T>(files: readonly string[], read: () => T, { taken, leftAside }: OnChange): () => T {
  // Before they are read: what is written meanwhile is seen as a change.
  let seen = stateOf(files);
  let current = read();
  return () => {
    const now = stateOf(files);
    if (now === seen) return current;
    seen = now;
    try {
      current = read();
      taken();
    } catch (error) {
      leftAside(error);
    }
    return current;
  };
}

function stateOf(files: readonly string[]): string {
  return files.map(stateOfOne).join(" ");
}

/** Through links, as Kubernetes mounts secrets. ctime: a mode that was put right is a change too. Never throws: a timer calls it. */
function stateOfOne(file: string): string {
  try {
    const { ino, size, ctimeMs } = statSync(file);
    return `${ino} ${size} ${ctimeMs}`;
  } catch {
    return "none";
  }
}
