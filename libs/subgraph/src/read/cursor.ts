import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { type Digest, fromB64u, jcs, type OrgId, type AgreementId, type SealKey, toB64u } from "#libs/terms";

/**
 * Where a page of a list ended, sealed: AES-256-GCM under a key derived from the provider's seal key. The place is personal data
 * (a row's key), and a cursor works only for the consumer, agreement, operation, arguments and person it was given for.
 *
 * The text is filled up with spaces, so that the length of a cursor says nothing of the length of a key.
 *
 *     key = HKDF-SHA-256(seal key, empty salt, "weft/cursor/v1/" ‖ party, 32)     cursor = b64u(iv(12) ‖ ciphertext ‖ tag(16))
 */
export interface CursorBinding {
  readonly consumer: OrgId;
  readonly agreement: AgreementId;
  /** Of the fetch's text. */
  readonly operation: Digest;
  /** The list's coordinate, its filters and, for a person's list, the person. Any JSON value. */
  readonly scope: unknown;
}

export interface CursorSealer {
  seal(place: readonly string[], binding: CursorBinding): string;
  /** Undefined where this provider did not give the cursor for this very question. */
  open(cursor: string, binding: CursorBinding): readonly string[] | undefined;
}

const IV = 12;
const TAG = 16;
const MAX_CURSOR = 1024;
const BLOCK = 64;

export function cursorSealer(sealKey: SealKey): CursorSealer {
  const key = new Uint8Array(
    hkdfSync("sha256", sealKey.bytes, new Uint8Array(0), `weft/cursor/v1/${sealKey.party}`, 32),
  );
  return {
    seal(place, binding) {
      const iv = randomBytes(IV);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(boundTo(binding));
      const text = Buffer.concat([cipher.update(filledUp(JSON.stringify(place))), cipher.final()]);
      return toB64u(Buffer.concat([iv, text, cipher.getAuthTag()]));
    },
    open(cursor, binding) {
      const bytes = cursor.length <= MAX_CURSOR ? fromB64u(cursor) : undefined;
      if (!bytes || bytes.length < IV + TAG) return undefined;
      const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV), { authTagLength: TAG });
      cipher.setAAD(boundTo(binding)).setAuthTag(bytes.subarray(-TAG));
      try {
        const text = Buffer.concat([cipher.update(bytes.subarray(IV, -TAG)), cipher.final()]);
        return JSON.parse(text.toString()) as string[];
      } catch {
        return undefined;
      }
    },
  };
}

/** To whole blocks of bytes. JSON does not mind. */
function filledUp(text: string): string {
  return text + " ".repeat((BLOCK - (Buffer.byteLength(text) % BLOCK)) % BLOCK);
}

function boundTo(binding: CursorBinding): Buffer {
  return Buffer.from(jcs([binding.consumer, binding.agreement, binding.operation, binding.scope]));
}
