/**
 * PostgreSQL's binary form of one-dimensional arrays. A thousand records are some megabytes: read as text, letter by letter, they cost the
 * server twice what all the rest of an append does.
 *
 *     dimensions · has nulls · type · length · lower bound · (size · bytes | -1) …        32 bits each, big-endian
 */
const types = { bytea: 17, bigint: 20, smallint: 21, text: 25 } as const;

const HEADER = 20;

export function byteaArray(values: readonly Uint8Array[]): Buffer {
  return encode(
    types.bytea,
    values,
    ({ length }) => length,
    (into, value, at) => into.set(value, at),
  );
}

export function textArray(values: readonly (string | null)[]): Buffer {
  return encode(
    types.text,
    values,
    (value) => Buffer.byteLength(value),
    (into, value, at) => into.write(value, at),
  );
}

export function bigintArray(values: readonly number[]): Buffer {
  return encode(
    types.bigint,
    values,
    () => 8,
    (into, value, at) => into.writeBigInt64BE(BigInt(value), at),
  );
}

export function smallintArray(values: readonly number[]): Buffer {
  return encode(
    types.smallint,
    values,
    () => 2,
    (into, value, at) => into.writeInt16BE(value, at),
  );
}

function encode<T>(
  type: number,
  values: readonly (T | null)[],
  sizeOf: (value: T) => number,
  write: (into: Buffer, value: T, at: number) => void,
): Buffer {
  const sizes = values.map((value) => (value === null ? -1 : sizeOf(value)));
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + 4 + Math.max(0, size), HEADER));
  let at = 0;
  const int = (value: number): void => void (at = bytes.writeInt32BE(value, at));
  // An array without elements has no dimension either.
  if (values.length === 0) return Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, type]);
  for (const value of [1, sizes.includes(-1) ? 1 : 0, type, values.length, 1]) int(value);
  for (const [i, value] of values.entries()) {
    int(sizes[i]!);
    if (value === null) continue;
    write(bytes, value, at);
    at += sizes[i]!;
  }
  return bytes;
}
