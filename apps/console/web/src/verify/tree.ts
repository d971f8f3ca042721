import { type Bytes, concat, sha256 } from "./bytes.js";

/**
 * The root that an audit path leads to, RFC 9162 §2.1.3.2; undefined where the path has not the length of this leaf's in a tree of this
 * size. Written after the RFC's own algorithm and not after the log's: two that agree are worth more than one that is shared.
 */
export async function rootFrom(
  leaf: Bytes,
  index: number,
  size: number,
  path: readonly Bytes[],
): Promise<Bytes | undefined> {
  if (index >= size) return undefined;
  let [fn, sn] = [BigInt(index), BigInt(size) - 1n];
  let hash = leaf;
  for (const sibling of path) {
    if (sn === 0n) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      hash = await node(sibling, hash);
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else hash = await node(hash, sibling);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n ? hash : undefined;
}

export const leafOf = (entry: Bytes): Promise<Bytes> => sha256(concat(Uint8Array.of(0), entry));
const node = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(concat(Uint8Array.of(1), left, right));
