import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Asker, createClient } from "#libs/client";
import { loadContracts } from "#libs/contracts";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, createApp } from "../../apps/sandbox/src/app-process.js";
import { accessOf, clientOf } from "../../apps/sandbox/src/client-files.js";
import { sandboxKey, sandboxPrivateJwk } from "../../apps/sandbox/src/keys.js";
import { defaultContracts } from "../../apps/sandbox/src/network.js";
import { personas } from "../../apps/sandbox/src/personas.js";
import { reservePort } from "../../apps/sandbox/src/ports.js";
import { signSandboxContracts } from "../../apps/sandbox/src/sign-contracts.js";
import { type Got, send } from "../attack/caller.js";
import { type Orvanda, startOrvanda } from "./orvanda.js";

/**
 * To whoever runs a token service: your keys can be changed, and the service itself can be down, and those who ask notice neither, within
 * the life of a token.
 */
let orvanda: Orvanda;
let version: number;
const folder = mkdtempSync(path.join(tmpdir(), "weft tokens "));
const served = path.join(folder, "served");

beforeAll(async () => {
  cpSync(defaultContracts, served, { recursive: true });
  ({ version } = await loadContracts(served, { authorityKey: sandboxKey("authority-1").publicJwk, compose: false }));
  orvanda = await startOrvanda({ contracts: served, settings: { issuer: { WEFT_KEY_LEAD: String(LEAD) } } });
});
afterAll(async () => {
  await orvanda?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const query = "query($who: PersonKey!) { person(key: $who) { vitalStatus { finding } } }";
const body = () => JSON.stringify({ query, variables: { who: orvanda.who("Amara Tessel") } });

/** A new one each time, which has no token yet: for a case of its own. */
let cases = 0;
function newAsker(issuer = orvanda.urls.issuer): Asker {
  const { caseworker } = personas;
  const client = createClient(clientOf(caseworker, { ...orvanda.urls, issuer }));
  return client.for({ ...accessOf(caseworker), case: `c-${++cases}` });
}

type Shown = Awaited<ReturnType<Asker["headers"]>>;
const shownBy = (asker: Asker): Promise<Shown> => asker.headers("POST", `${orvanda.urls.gateway}/graphql`);

const askWith = ({ authorization, dpop }: Shown): Promise<Got> =>
  send(orvanda.urls.gateway, "caseworker", { body: body(), headers: { authorization, dpop } });

/** Seconds. */
const LEAD = 8;

/** In force since long, and listed only now: gateways have it before it signs all the same. */
async function publishSecondKey(): Promise<void> {
  const next = path.join(folder, "next");
  cpSync(served, next, { recursive: true });
  const file = path.join(next, "registry.yaml");
  const { x } = sandboxKey("welfare-issuer-2").publicJwk;
  const from = new Date(Date.now() - 30 * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");
  const entry = `      - {
          kid: welfare-issuer-2,
          use: issuer,
          jwk: { kty: OKP, crv: Ed25519, x: "${x}" },
          from: "${from}",
          until: "2028-12-31T23:59:59Z",
        }
`;
  const first = "      - {\n          kid: welfare-issuer-1,";
  const text = readFileSync(file, "utf8");
  expect(text).toContain(first);
  writeFileSync(file, text.replace(first, entry + first));
  await signSandboxContracts(next, ++version);
  renameSync(served, path.join(folder, "before"));
  renameSync(next, served);
}

/** Its operator's file: the new key beside the old one, or alone. */
function keepKeys(kids: readonly string[]): void {
  const file = path.join(orvanda.dataDir, "keys/issuer-signing.json");
  const keys = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  keys["org:welfare"] = kids.map((kid) => {
    const { kty, crv, x, d } = sandboxPrivateJwk(kid);
    return { kty, crv, x, d, kid };
  });
  writeFileSync(`${file}.new`, JSON.stringify(keys), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

test(
  "a key is changed while many ask, each with a new token, and nobody is refused",
  { timeout: 180_000 },
  async () => {
    const old = newAsker();
    await old.accessToken();
    const seen: { readonly kid: string; readonly status: number }[] = [];
    const enough = new AbortController();
    const asker = async (): Promise<void> => {
      while (!enough.signal.aborted) {
        const asker = newAsker();
        const { kid } = decodeProtectedHeader(await asker.accessToken());
        seen.push({ kid: kid!, status: (await askWith(await shownBy(asker))).status });
        // A client may ask for so many tokens a second.
        await sleep(200);
      }
    };
    const askers = [asker(), asker()];
    keepKeys(["welfare-issuer-1", "welfare-issuer-2"]);
    await publishSecondKey();
    const published = Date.now();
    for (let patience = 120; patience > 0 && seen.at(-1)?.kid !== "welfare-issuer-2"; patience--) await sleep(500);
    expect(Date.now() - published).toBeGreaterThanOrEqual(LEAD * 1000 - 1_000);
    keepKeys(["welfare-issuer-2"]);
    await sleep(2_500);
    enough.abort();
    await Promise.all(askers);
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(seen.map(({ kid }) => kid))).toEqual(new Set(["welfare-issuer-1", "welfare-issuer-2"]));
    const last = await shownBy(old);
    expect(decodeProtectedHeader(last.authorization.slice("DPoP ".length)).kid).toBe("welfare-issuer-1");
    expect((await askWith(last)).status).toBe(200);
  },
);

/** Beside the network's own, with the same files and database, for tokens of a short life. */
async function startShortIssuer(): Promise<AppProcess> {
  const port = await reservePort(0);
  const key = (name: string) => path.join(orvanda.dataDir, "keys", name);
  const state = path.join(folder, "state");
  mkdirSync(state, { recursive: true });
  const issuer = createApp({
    name: "short-issuer",
    script: "bin/issuer.js",
    port,
    ready: "/health/ready",
    logFile: path.join(folder, "short-issuer.log"),
    env: {
      WEFT_PORT: String(port),
      WEFT_MODE: "sandbox",
      WEFT_PUBLIC_URL: `http://127.0.0.1:${port}`,
      WEFT_CONTRACTS: served,
      WEFT_AUTHORITY_FILE: key("authority.jwk"),
      WEFT_ORGANISATIONS: "org:welfare",
      WEFT_RESOURCES: orvanda.urls.gateway,
      WEFT_CLIENTS_FILE: key("issuer-clients.json"),
      WEFT_SIGNING_KEYS_FILE: key("issuer-signing.json"),
      WEFT_STATE_DIR: state,
      WEFT_TOKEN_LIFETIME: "15",
      DATABASE_URL_FILE: key("issuer.url"),
    },
  });
  await issuer.start();
  return issuer;
}

test("with no issuer left, a token goes on to its end and not beyond, and the gateway is well", async () => {
  const short = await startShortIssuer();
  const asker = newAsker(short.url);
  const end = decodeJwt(await asker.accessToken()).exp! * 1000;
  // Two proofs, each for one question: the kit shows no token that is about to end.
  const [soon, late] = [await shownBy(asker), await shownBy(asker)];
  await Promise.all([short.kill(), orvanda.stopApp("issuer")]);
  await expect(newAsker().accessToken()).rejects.toThrow();
  expect((await askWith(soon)).status).toBe(200);
  const ready = await fetch(`${orvanda.urls.gateway}/health/ready`);
  expect(ready.status).toBe(200);
  // The skew that a gateway allows, and a second more.
  await sleep(Math.max(0, end + 6_000 - Date.now()));
  expect(await askWith(late)).toMatchObject({ status: 401, text: expect.stringContaining("TOKEN_EXPIRED") as string });
  await orvanda.startApp("issuer");
  expect((await askWith(await shownBy(newAsker()))).status).toBe(200);
});
