import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { Module } from "@nestjs/common";
import * as x509 from "@peculiar/x509";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bootHttp, type HttpServer } from "./http.js";
import { createLogger } from "./log.js";
import { clientCertificateOf, readTls, reloadTls, tlsFiles, type TlsFiles } from "./tls.js";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const folder = mkdtempSync(path.join(tmpdir(), "weft tls "));
const logger = createLogger({ name: "test", level: "silent" });
const valid = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };

interface Pair {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly cert: string;
  readonly key: string;
}

async function makePair(name: string, authority?: Pair, serial = "01"): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: `CN=${name}`,
    issuer: authority?.certificate.subject ?? `CN=${name}`,
    ...valid,
    publicKey: keys.publicKey,
    signingKey: (authority ?? { keys }).keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: authority
      ? [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])]
      : [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { certificate, keys, cert: certificate.toString("pem"), key };
}

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

@Module({})
class EmptyModule {}

let authority: Pair;
let caller: Pair;
let stranger: Pair;
let files: TlsFiles;
const servers: HttpServer[] = [];

beforeAll(async () => {
  x509.cryptoProvider.set(webcrypto as never);
  authority = await makePair("authority");
  caller = await makePair("caller", authority, "02");
  stranger = await makePair("stranger", await makePair("elsewhere"), "03");
  const server = await makePair("server", authority, "04");
  files = {
    certFile: write("cert.pem", server.cert),
    keyFile: write("key.pem", server.key),
    caFile: write("ca.pem", authority.cert),
  };
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function boot(tls: TlsFiles): Promise<HttpServer> {
  const server = await bootHttp({
    module: EmptyModule,
    host: "127.0.0.1",
    port: 0,
    logger,
    tls,
    routes: (instance) =>
      void instance.get("/who", async ({ raw }) => ({ thumbprint: clientCertificateOf(raw)?.thumbprint ?? null })),
  });
  servers.push(server);
  return server;
}

function who(server: HttpServer, as?: Pair): Promise<unknown> {
  const identity = as ? { cert: as.cert, key: as.key } : {};
  return new Promise((resolve, reject) => {
    const call = request(`${server.url}/who`, { ca: authority.cert, ...identity, agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (text: string) => resolve(JSON.parse(text)));
    });
    call.on("error", reject).end();
  });
}

test("a caller with a certificate of the authority is let in and known; without one it is not let in", async () => {
  const server = await boot(files);
  expect(server.url).toMatch(/^https:/);
  const fingerprint = new X509Certificate(caller.cert).fingerprint256.replaceAll(":", "");
  expect(await who(server, caller)).toEqual({ thumbprint: Buffer.from(fingerprint, "hex").toString("base64url") });
  await expect(who(server)).rejects.toThrow();
  await expect(who(server, stranger)).rejects.toThrow();
});

test("where certificates are optional, nobody is taken for whom no authority vouches", async () => {
  const server = await boot({ ...files, clients: "optional" });
  expect(await who(server)).toEqual({ thumbprint: null });
  expect(await who(server, stranger)).toEqual({ thumbprint: null });
  expect(await who(server, caller)).toMatchObject({ thumbprint: expect.any(String) });
});

test("a renewed certificate is served without a restart, a broken one is left aside", async () => {
  const renewing = { certFile: path.join(folder, "renewed.pem"), keyFile: path.join(folder, "renewed-key.pem") };
  const first = await makePair("first", authority, "05");
  write("renewed.pem", first.cert);
  write("renewed-key.pem", first.key);
  const server = await boot(renewing);
  const stop = reloadTls(server.app.getHttpServer() as never, renewing, logger, 20);
  expect(await servedName(server)).toBe("first");
  write("renewed.pem", "not a certificate");
  await sleep(60);
  expect(await servedName(server)).toBe("first");
  const second = await makePair("second", authority, "06");
  write("renewed.pem", second.cert);
  write("renewed-key.pem", second.key);
  await sleep(60);
  expect(await servedName(server)).toBe("second");
  stop();
});

function servedName(server: HttpServer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: server.port, host: "127.0.0.1", ca: authority.cert }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

test("a private key that others may read is refused", () => {
  const open = path.join(folder, "open.pem");
  writeFileSync(open, "key");
  chmodSync(open, 0o640);
  expect(() => readTls({ ...files, keyFile: open })).toThrow("others than its owner may use the file");
});

test("half a setting is refused", () => {
  const none = {
    WEFT_TLS_CERT_FILE: undefined,
    WEFT_TLS_KEY_FILE: undefined,
    WEFT_TLS_CA_FILE: undefined,
    WEFT_TLS_CLIENTS: undefined,
  };
  expect(tlsFiles(none)).toBeUndefined();
  expect(() => tlsFiles({ ...none, WEFT_TLS_CERT_FILE: "a" })).toThrow("belong together");
  expect(() => tlsFiles({ ...none, WEFT_TLS_CA_FILE: "a" })).toThrow("belong together");
});
