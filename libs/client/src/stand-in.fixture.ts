import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { compactVerify, decodeProtectedHeader, EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from "jose";
import { parseOrgId, parsePartyId, parsePurposeCode, WeftError } from "#libs/terms";
import { accessTokenOf, signAccessToken, tokenConfig, verifyAccessToken } from "#libs/token";

/**
 * A token service and a gateway that are not ours and stricter than ours: both demand nonces, and answer as a test wants. What they
 * take is judged by jose and by libs/token, which is what real gateways judge by.
 */
export const ISS = "https://issuer.welfare.example";
export const clientKey = generateKeyPairSync("ed25519").privateKey;
const issuerKey = generateKeyPairSync("ed25519").privateKey;

export interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface StandIn {
  readonly url: string;
  readonly tokenRequests: Seen[];
  readonly questions: Seen[];
  /** Whether proofs need a nonce, at either place. */
  nonce: boolean;
  /** What the gateway says instead of an answer, one each; `drop` breaks the line. */
  readonly says: ("TOKEN_EXPIRED" | "TOKEN_REJECTED" | "RECORD_UNAVAILABLE" | "drop")[];
  close(): Promise<void>;
}

interface Options {
  readonly server?: (listener: RequestListener) => Server;
  readonly scheme?: "http" | "https";
}

export async function startStandIn({ server: make = createServer, scheme = "http" }: Options = {}): Promise<StandIn> {
  const server = make((request, response) => {
    void answer(request).then(({ status, headers, body }) => {
      if (status === 0) return request.socket.destroy();
      return response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const it: StandIn = {
    url,
    tokenRequests: [],
    questions: [],
    nonce: false,
    says: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const tokens = tokenConfig({ audience: url, issuers: [pinnedIssuer] });
  const answer = async (request: IncomingMessage): Promise<Said> => {
    const seen = { url: `${url}${request.url}`, headers: request.headers, body: await textOf(request) };
    const isToken = request.url === "/token";
    (isToken ? it.tokenRequests : it.questions).push(seen);
    const proof = request.headers["dpop"] as string | undefined;
    if (it.nonce && nonceOf(proof) !== `for ${request.url}`) return wantsNonce(isToken, `for ${request.url}`);
    return isToken ? issue(seen, url, request) : judge(seen, it.says.shift(), tokens, request);
  };
  return it;
}

interface Said {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: object;
}

const pinnedIssuer = {
  iss: ISS,
  org: parseOrgId("org:welfare"),
  keys: [{ kid: "welfare-1", jwk: publicJwk(issuerKey), from: "2026-01-01T00:00:00Z", until: "2099-01-01T00:00:00Z" }],
};

function publicJwk(key: typeof issuerKey): Record<string, unknown> {
  return { ...createPublicKey(key).export({ format: "jwk" }) };
}

function wantsNonce(isToken: boolean, nonce: string): Said {
  const headers = { "dpop-nonce": nonce, ...(!isToken && { "www-authenticate": 'DPoP error="use_dpop_nonce"' }) };
  return { status: isToken ? 400 : 401, headers, body: { error: "use_dpop_nonce" } };
}

async function issue({ body, url }: Seen, audience: string, request: IncomingMessage): Promise<Said> {
  const form = new URLSearchParams(body);
  const client = "client:welfare-casework";
  await jwtVerify(form.get("client_assertion")!, createPublicKey(clientKey), {
    issuer: client,
    subject: client,
    audience: ISS,
  });
  const [details] = JSON.parse(form.get("authorization_details")!) as [{ purpose: string }];
  const claims = accessTokenOf(
    {
      iss: ISS,
      audience,
      org: parseOrgId("org:welfare"),
      client: parsePartyId(client),
      officer: parsePartyId("officer:8c1"),
      purpose: parsePurposeCode(details.purpose),
      boundTo: { certificate: certificateOf(request) ?? Buffer.from("none") },
    },
    new Date(),
  );
  const proof = request.headers["dpop"] as string | undefined;
  const cnf = proof === undefined ? claims.cnf : { jkt: await provenKey(proof, url) };
  const token = signAccessToken({ ...claims, cnf }, { kid: "welfare-1", key: issuerKey });
  return { status: 200, body: { access_token: token, token_type: proof ? "DPoP" : "Bearer", expires_in: 300 } };
}

/** As any other maker's token service reads a proof. */
async function provenKey(proof: string, url: string): Promise<string> {
  const { payload } = await compactVerify(proof, EmbeddedJWK, { algorithms: ["EdDSA"] });
  const { htm, htu } = JSON.parse(new TextDecoder().decode(payload)) as { htm: string; htu: string };
  if (htm !== "POST" || htu !== url) throw new Error("a proof for something else");
  return calculateJwkThumbprint(decodeProtectedHeader(proof).jwk!);
}

function nonceOf(proof: string | undefined): unknown {
  const payload = Buffer.from(proof?.split(".")[1] ?? "", "base64url").toString() || "{}";
  return (JSON.parse(payload) as { nonce?: unknown }).nonce;
}

type Tokens = ReturnType<typeof tokenConfig>;

async function judge(seen: Seen, says: StandIn["says"][number] | undefined, tokens: Tokens, request: IncomingMessage) {
  if (says === "drop") return { status: 0, body: {} };
  try {
    if (says !== undefined) throw new WeftError(says);
    const clientCertificate = certificateOf(request);
    const { authorization, dpop } = request.headers;
    const question = { authorization, dpop: dpop as string | undefined, method: "POST", url: seen.url };
    await verifyAccessToken({ ...question, ...(clientCertificate && { clientCertificate }) }, tokens, new Date());
    return { status: 200, body: { data: { echo: JSON.parse(seen.body) as object }, id: randomUUID() } };
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    const { code, origin, message, status } = error;
    const headers = status === 401 ? { "www-authenticate": 'DPoP error="invalid_token"' } : {};
    return { status, headers, body: { errors: [{ message, extensions: { code, origin } }] } };
  }
}

function certificateOf({ socket }: IncomingMessage): Buffer | undefined {
  const { getPeerCertificate } = socket as { getPeerCertificate?: () => { raw?: Buffer } };
  return getPeerCertificate?.call(socket).raw;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
