import "reflect-metadata";
import { createHash, X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { Module } from "@nestjs/common";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Certified, certify } from "./certificates.fixture.js";
import { bootHttp, type HttpServer } from "./http.js";
import { createLogger } from "./log.js";
import { Agent, fetch } from "undici";
import { clientTls } from "./client-tls.js";
import { clientCertificateOf, readTls, reloadTls, tlsFiles, type TlsFiles } from "./tls.js";

const folder = mkdtempSync(path.join(tmpdir(), "weft tls "));
const logger = createLogger({ name: "test", level: "silent" });

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

@Module({})
class EmptyModule {}

let authority: Certified;
let caller: Certified;
let stranger: Certified;
let files: TlsFiles;
const servers: HttpServer[] = [];

beforeAll(async () => {
  authority = await certify("authority");
  caller = await certify("caller", authority);
  stranger = await certify("stranger", await certify("elsewhere"));
  const server = await certify("server", authority);
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

function who(server: HttpServer, as?: Certified): Promise<unknown> {
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
  const first = await certify("first", authority);
  write("renewed.pem", first.cert);
  write("renewed-key.pem", first.key);
  const server = await boot(renewing);
  const stop = reloadTls(server.app.getHttpServer() as never, renewing, logger, 20);
  expect(await servedName(server)).toBe("first");
  write("renewed.pem", "not a certificate");
  await sleep(60);
  expect(await servedName(server)).toBe("first");
  const second = await certify("second", authority);
  write("renewed.pem", second.cert);
  await sleep(60);
  expect(await servedName(server), "its key is not there yet").toBe("first");
  write("renewed-key.pem", second.key);
  await vi.waitFor(async () => expect(await servedName(server)).toBe("second"), 5_000);
  stop();
});

test("a caller shows the certificate that its files hold when the connection is opened, and an open one stays", async () => {
  const server = await boot(files);
  const own = { WEFT_CLIENT_TLS_CERT_FILE: write("own.pem", caller.cert), WEFT_CLIENT_TLS_CA_FILE: files.caFile };
  const tls = clientTls({ ...own, WEFT_CLIENT_TLS_KEY_FILE: write("own-key.pem", caller.key) }, logger)!;
  const [early, late] = [1, 2].map(() => new Agent({ connections: 1, connect: tls.connector(1_000) }));
  const shownBy = async (dispatcher = early) =>
    ((await (await fetch(`${server.url}/who`, { dispatcher: dispatcher! })).json()) as { thumbprint: string })
      .thumbprint;
  const first = await shownBy();
  const renewed = await certify("caller", authority);
  write("own.pem", renewed.cert);
  const halfway = new Agent({ connections: 1, connect: tls.connector(1_000) });
  expect(await shownBy(halfway), "its key is not there yet").toBe(first);
  write("own-key.pem", renewed.key);
  const second = createHash("sha256").update(Buffer.from(renewed.certificate.rawData)).digest("base64url");
  expect(await shownBy(late)).toBe(second);
  expect(await shownBy()).toBe(first);
  await Promise.all([early, late, halfway].map((agent) => agent!.close()));
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
  const { certFile, caFile } = files;
  const called = {
    WEFT_CLIENT_TLS_CERT_FILE: certFile,
    WEFT_CLIENT_TLS_KEY_FILE: open,
    WEFT_CLIENT_TLS_CA_FILE: caFile,
  };
  expect(() => clientTls(called, logger)).toThrow("others than its owner may use the file");
});

test("authorities that would be passed over are refused: half a file, or two certificates run together", () => {
  const line = authority.cert.trim();
  for (const text of ["", line.slice(0, -30), line + line, `${line}\n${line.slice(0, 60)}`, line.replace("MII", "AAA")])
    expect(() => readTls({ ...files, caFile: write("bad-ca.pem", text) }), text.slice(-40)).toThrow("authorities");
  expect(() => readTls({ ...files, caFile: write("two.pem", `${line}\n${stranger.cert}`) })).not.toThrow();
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
  const noClient = {
    WEFT_CLIENT_TLS_CERT_FILE: undefined,
    WEFT_CLIENT_TLS_KEY_FILE: undefined,
    WEFT_CLIENT_TLS_CA_FILE: undefined,
  };
  expect(clientTls(noClient, logger)).toBeUndefined();
  expect(() => clientTls({ ...noClient, WEFT_CLIENT_TLS_CA_FILE: "a" }, logger)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID" }),
  );
});
