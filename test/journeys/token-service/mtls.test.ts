import "reflect-metadata";
import { createHash, webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import * as x509 from "@peculiar/x509";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HttpServer } from "#libs/server";
import { issuerClients } from "../../../apps/sandbox/src/issuer-files.js";
import { type PostgresServer, startPostgres } from "../../../apps/sandbox/src/postgres.js";
import { clientAssertion, details, GATEWAY, proof, startWith, writeFiles } from "./issuer.fixture.js";

/** To a client with a certificate: your token is of use to nobody who has not its key. */
const folder = mkdtempSync(path.join(tmpdir(), "weft issuer mtls "));
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
let postgres: PostgresServer;
let server: HttpServer;
let pair: { readonly cert: string; readonly key: string; readonly der: Buffer };

/** Its own authority, for both ends of the connection. */
async function makePair(): Promise<typeof pair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=welfare",
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }]),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { cert: certificate.toString("pem"), key, der: Buffer.from(certificate.rawData) };
}

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: path.join(folder, "postgres") });
  await postgres.createDatabase("issuer");
  pair = await makePair();
  const clients = JSON.parse(JSON.stringify(issuerClients()).replaceAll('"dpop"', '"mtls"')) as object;
  server = await startWith({
    ...writeFiles(folder, clients),
    DATABASE_URL: postgres.superuserUrl("issuer"),
    WEFT_TLS_CERT_FILE: write("tls.crt", pair.cert),
    WEFT_TLS_KEY_FILE: write("tls.key", pair.key),
    WEFT_TLS_CA_FILE: write("ca.crt", pair.cert),
    WEFT_TLS_CLIENTS: "optional",
  });
});
afterAll(async () => {
  await server?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly token_type?: string;
  readonly access_token?: string;
  readonly error?: string;
}

function askToken(shown: { readonly certificate: boolean; readonly dpop?: string }): Promise<Answer> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: clientAssertion(),
    resource: GATEWAY,
    authorization_details: details(),
  }).toString();
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": form.length,
    ...(shown.dpop !== undefined && { dpop: shown.dpop }),
  };
  const identity = shown.certificate ? { cert: pair.cert, key: pair.key } : {};
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers, ca: pair.cert, agent: false as const, ...identity };
    const outgoing = request(`${server.url}/welfare/token`, options, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString("utf8")) as Answer));
    });
    outgoing.on("error", reject).end(form);
  });
}

test("its token names its certificate and nothing else", async () => {
  const { token_type: type, access_token: token } = await askToken({ certificate: true });
  expect(type).toBe("Bearer");
  const thumbprint = createHash("sha256").update(pair.der).digest("base64url");
  expect(decodeJwt(token!)["cnf"]).toEqual({ "x5t#S256": thumbprint });
});

test("without the certificate there is no token, and never one that is bound twice", async () => {
  expect(await askToken({ certificate: false })).toMatchObject({ error: "invalid_grant" });
  expect(await askToken({ certificate: false, dpop: proof() })).toMatchObject({ error: "invalid_request" });
  expect(await askToken({ certificate: true, dpop: proof() })).toMatchObject({ error: "invalid_request" });
});
