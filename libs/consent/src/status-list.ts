import { deflateSync, inflateSync } from "node:zlib";
import { type Signer, WeftError, fromB64u, parseJws, signJws, toB64u, verifyJws } from "#libs/terms";
import { z } from "zod";
import type { RegisterKeys } from "./receipt.js";

/**
 * IETF Token Status List: two bits for each of 2^17 receipts, zlib-compressed, signed as a `statuslist+jwt`. Index i sits in
 * byte i/4, from the least significant bits up. The list names no person, no receipt and no reader.
 *
 *     0 valid   1 invalid (withdrawn)   2 suspended   3 left to the application: read here as suspended
 */
export type Status = "valid" | "invalid" | "suspended";

export const STATUS_LIST_SIZE = 2 ** 17;
const LIST_BYTES = STATUS_LIST_SIZE / 4;
const STATUS_TYPE = "statuslist+jwt";
const names: readonly Status[] = ["valid", "invalid", "suspended", "suspended"];

export class StatusList {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array = new Uint8Array(LIST_BYTES)) {
    this.#bytes = bytes;
  }

  /** Entries. */
  get size(): number {
    return this.#bytes.length * 4;
  }

  /** An index beyond the list is `invalid`: nothing was promised for it. */
  statusAt(index: number): Status {
    const byte = this.#bytes[index >> 2];
    return byte === undefined ? "invalid" : names[(byte >> ((index & 3) * 2)) & 3]!;
  }

  /** All valid but these. */
  static of(indexes: readonly number[], status: Status): StatusList {
    const bytes = new Uint8Array(LIST_BYTES);
    for (const index of indexes) bytes[index >> 2]! |= names.indexOf(status) << ((index & 3) * 2);
    return new StatusList(bytes);
  }

  withStatus(index: number, status: Status): StatusList {
    if (!Number.isInteger(index) || index < 0 || index >= this.#bytes.length * 4) throw new RangeError("status index");
    const bytes = Uint8Array.from(this.#bytes);
    const shift = (index & 3) * 2;
    bytes[index >> 2] = (bytes[index >> 2]! & ~(3 << shift)) | (names.indexOf(status) << shift);
    return new StatusList(bytes);
  }

  /** This list, and invalid also what the other one says is: what has ended stays so. */
  endedAlsoIn(other: StatusList): StatusList {
    const bytes = this.#bytes.map((byte, at) => {
      const theirs = other.#bytes[at] ?? 0;
      const ended = theirs & 0x55 & ~(theirs >> 1);
      return (byte & ~(ended | (ended << 1))) | ended;
    });
    return new StatusList(bytes);
  }

  /** The standard's `lst`: base64url of the zlib stream. */
  encode(): string {
    return toB64u(deflateSync(this.#bytes, { level: 9 }));
  }

  /** Throws REQUEST_MALFORMED on anything but a list, and never inflates beyond a whole one. */
  static decode(lst: string): StatusList {
    const packed = fromB64u(lst);
    if (!packed) throw refused("encoding");
    try {
      return new StatusList(inflateSync(packed, { maxOutputLength: LIST_BYTES }));
    } catch {
      throw refused("compression");
    }
  }
}

const StatusClaims = z.strictObject({
  iss: z.string(),
  /** The list's own address, as receipts name it. */
  sub: z.url(),
  iat: z.int().min(0),
  exp: z.int().min(0).optional(),
  ttl: z.int().min(1).optional(),
  status_list: z.strictObject({ bits: z.literal(2), lst: z.string().max(65_536) }),
});

export interface SignedStatus {
  readonly list: StatusList;
  readonly uri: string;
  /** Seconds. */
  readonly issuedAt: number;
}

export function signStatusList(status: SignedStatus, iss: string, register: Signer): string {
  const claims = {
    iss,
    sub: status.uri,
    iat: status.issuedAt,
    ttl: 5,
    status_list: { bits: 2, lst: status.list.encode() },
  };
  return signJws(STATUS_TYPE, claims, register);
}

/** Says who signed which list when; whether it is recent enough is the feed's question. Throws REQUEST_MALFORMED. */
export function verifyStatusList(text: string, keys: RegisterKeys): SignedStatus {
  const jws = parseJws(text, STATUS_TYPE);
  const signer = keys(jws.kid);
  if (!signer || !verifyJws(jws, signer.key)) throw refused("signature");
  const claims = StatusClaims.safeParse(jws.payload);
  if (!claims.success) throw refused("members");
  if (claims.data.iss !== signer.iss) throw refused("issuer");
  const list = StatusList.decode(claims.data.status_list.lst);
  // In a list that is cut off, an objection would seem to have ended.
  if (list.size !== STATUS_LIST_SIZE) throw refused("size");
  return { list, uri: claims.data.sub, issuedAt: claims.data.iat };
}

function refused(what: string): WeftError {
  return new WeftError("REQUEST_MALFORMED", {
    message: "The status list is not accepted.",
    detail: `status list: ${what}`,
  });
}
