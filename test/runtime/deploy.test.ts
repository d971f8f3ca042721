import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readAccessLogConfig } from "../../apps/access-log/src/config.js";
import { readAdapterConfig } from "../../apps/adapter/src/config.js";
import { readConsentConfig } from "../../apps/consent/src/config.js";
import { readConsoleConfig } from "../../apps/console/src/config.js";
import { readGatewayConfig } from "../../apps/gateway/src/config.js";
import { readIssuerConfig } from "../../apps/issuer/src/config.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { readWitnessConfig } from "../../apps/witness/src/config.js";
import { readCompose, readManifests, type Server } from "./servers.js";

// No container engine is here to start them: each program's own reader says whether it would take its settings.
const readers: Readonly<Record<string, (env: Readonly<Record<string, string>>) => object>> = {
  "access-log": readAccessLogConfig,
  adapter: readAdapterConfig,
  consent: readConsentConfig,
  console: readConsoleConfig,
  gateway: readGatewayConfig,
  issuer: readIssuerConfig,
  witness: readWitnessConfig,
};

const folder = mkdtempSync(path.join(os.tmpdir(), "weft deploy "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secret = path.join(folder, "secret");
writeFileSync(secret, "{}", { mode: 0o600 });
const database = path.join(folder, "database.url");
writeFileSync(database, "postgres://weft@database.example/weft", { mode: 0o600 });

/** Files are where the machine has them; here each is one of two. */
function withFiles(env: Server["env"]): Server["env"] {
  const fileOf = (name: string) => (name.startsWith("DATABASE") ? database : secret);
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, name.endsWith("_FILE") && value !== "" ? fileOf(name) : value]),
  );
}

const deployments = [readCompose(), readManifests()];

describe.each(deployments)("$file", ({ servers, hosts }) => {
  test.each(servers)("$name reads its settings and knows each of them", ({ program, env }) => {
    expect(existsSync(path.join(repository, program)), program).toBe(true);
    const read = readers[path.basename(program, ".js")]!(withFiles(env));
    const known = Object.entries(env).filter(([, value]) => value !== "");
    expect(Object.keys(read)).toEqual(expect.arrayContaining(known.map(([name]) => name)));
  });

  test.each(servers)("$name finds mounted what it is told to read", ({ env, mounts }) => {
    const paths = Object.values(env).filter((value) => value.startsWith("/") && !value.startsWith("/weft/"));
    for (const file of paths)
      expect(
        mounts.some((mount) => file === mount || file.startsWith(`${mount}/`)),
        file,
      ).toBe(true);
  });

  test.each(servers)("$name is reached over TLS and calls over TLS, and whom it calls is there", ({ env }) => {
    expect(env["WEFT_TLS_CERT_FILE"]).toBeDefined();
    const addresses = Object.values(env).flatMap((value) => value.match(/https?:\/\/[^",}]+/g) ?? []);
    for (const address of addresses) {
      const { protocol, hostname } = new URL(address);
      expect(protocol, address).toBe("https:");
      expect(hosts.has(hostname) || hostname.endsWith(".example"), address).toBe(true);
    }
  });

  test("tokens are for the addresses that gateway and consent register are known by", () => {
    const urlOf = (name: string) => servers.find((each) => each.name === name)!.env["WEFT_PUBLIC_URL"];
    const { env } = servers.find(({ name }) => name === "issuer")!;
    expect(env["WEFT_RESOURCES"]?.split(",")).toEqual([urlOf("gateway"), urlOf("consent")]);
  });
});
