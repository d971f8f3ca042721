import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { Writable } from "node:stream";
import type { OrgId, PartyId, PurposeCode } from "#libs/terms";
import { accessTokenOf, signAccessToken, signDpop } from "#libs/token";

/** An officer's system, for tests: whose token it shows. */
export interface Asked {
  readonly org?: string;
  readonly officer?: string;
  readonly purpose?: string;
}

interface Register {
  readonly url: string;
  readonly publicUrl: string;
  readonly keyOf: (kid: string) => KeyObject;
}

const possession = generateKeyPairSync("ed25519").privateKey;
let officers = 0;

export function sayAs(register: Register, path: string, body: unknown, asked: Asked): Promise<Response> {
  return fetch(register.url + path, callAs(register, path, body, asked));
}

/** The same, unsent. */
export function callAs({ publicUrl, keyOf }: Omit<Register, "url">, path: string, body: unknown, asked: Asked) {
  const { org = "org:clinic", purpose = "referral", officer = `officer:x${officers++}` } = asked;
  const name = org.slice(4);
  const now = new Date();
  const claims = accessTokenOf(
    {
      iss: `https://issuer.${name}.orvanda.example`,
      audience: publicUrl,
      org: org as OrgId,
      client: `client:${name}-desk` as PartyId,
      officer: officer as PartyId,
      purpose: purpose as PurposeCode,
      boundTo: { key: possession },
    },
    now,
  );
  const token = signAccessToken(claims, { kid: `${name}-issuer-1`, key: keyOf(`${name}-issuer-1`) });
  const dpop = signDpop({ method: "POST", url: `${publicUrl}${path}`, token }, possession, now);
  return {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `DPoP ${token}`, dpop },
    body: JSON.stringify(body),
  };
}

/** Of any answer, as far as tests look at it. */
export interface Body {
  readonly code: string;
  readonly records: readonly {
    readonly record_id: string;
    readonly withdrawal_code: string;
    readonly record: object;
  }[];
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}
export const bodyOf = async (response: Response) => (await response.json()) as Body;
export const refusalOf = async (response: Response) => (await bodyOf(response)).errors?.[0]?.extensions.code;

export const writableOf = (take: (text: string) => void): Writable =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      take(chunk.toString());
      done();
    },
  });
