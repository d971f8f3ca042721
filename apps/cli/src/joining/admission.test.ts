import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fingerprintOf, loadContracts } from "#libs/contracts";
import { deriveSealKey, parseOrgId } from "#libs/terms";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sandboxKey, sandboxPrivateJwk, sandboxSealMaster } from "../../../sandbox/src/keys.js";
import { requestAdmission } from "./application.js";
import { type KeyUse, newKey, publicKeysIn } from "./keys.js";
import { openSeals, sealKeys } from "./seals.js";
import { admit, signFolderAs } from "./registry.js";

// Each signature of the authority composes the whole country.
vi.setConfig({ testTimeout: 90_000 });
let folder: string;
const at = (name: string) => path.join(folder, name);
const said: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "weft-admission-"));
  cpSync("contracts", at("contracts"), { recursive: true });
  writeFileSync(at("authority.jwk"), JSON.stringify(sandboxPrivateJwk("authority-1")), { mode: 0o600 });
  said.length = 0;
  vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const make = (use: KeyUse, more: object = {}) => newKey({ as: "org:hospitals", use, out: at("keys"), ...more });
const request = (more: object = {}) =>
  requestAdmission({
    as: "org:hospitals",
    name: ["en=Hospitals", "fr=Hôpitaux", "ar=المستشفيات"],
    dpo: "dpo@hospitals.orvanda.example",
    adapter: "https://adapter.hospitals.orvanda.example/hospitals",
    keys: at("keys"),
    out: at("application.yaml"),
    contracts: at("contracts"),
    ...more,
  });
const heard = () => publicKeysIn(at("keys"), "org:hospitals").map(({ jwk }) => fingerprintOf(jwk));
const admitThem = (fingerprint?: readonly string[]) =>
  admit(at("application.yaml"), {
    contracts: at("contracts"),
    key: at("authority.jwk"),
    ...(fingerprint && { fingerprint }),
  });
const load = () =>
  loadContracts(at("contracts"), { authorityKey: sandboxKey("authority-1").publicJwk, compose: false });
const registry = () => readFileSync(at("contracts/registry.yaml"), "utf8");

test("a key is made once, its private half for its owner alone; what is printed holds nothing private", async () => {
  await make("agreement");
  await make("adapter");
  const files = ["hospitals-agreement-1.jwk", "hospitals-adapter-1.json"].map((name) => at(`keys/${name}`));
  expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  const [{ d }, signing] = files.map((file) => JSON.parse(readFileSync(file, "utf8"))) as [
    { d: string },
    { "org:hospitals": { d: string; kid: string } },
  ];
  expect(signing["org:hospitals"].kid).toBe("hospitals-adapter-1");
  const shown = said.join("\n");
  expect(shown).toMatch(/fingerprint {2}(\d{5} ){7}\d{5}\n/);
  expect(shown).toContain('use: adapter, id: "adapter:hospitals"');
  for (const secret of [d, signing["org:hospitals"].d]) expect(shown).not.toContain(secret);
  await expect(make("agreement")).rejects.toThrow("is there already");
  await expect(make("agreement", { kid: "Not A Name" })).rejects.toThrow("is not a key's name");
});

test("who is admitted stands in a signed registry of a higher version, and every other line of it is as it was", async () => {
  await make("agreement");
  await make("adapter");
  await request();
  const before = registry();
  expect(await admitThem(heard())).toBe(0);
  const contracts = await load();
  expect(contracts.version).toBe(2);
  expect(contracts.registry.organisations["org:hospitals"]).toMatchObject({
    name: { fr: "Hôpitaux" },
    keys: [
      { kid: "hospitals-adapter-1", use: "adapter", id: "adapter:hospitals" },
      { kid: "hospitals-agreement-1", use: "agreement" },
    ],
  });
  const [old, now] = [before.split("\n"), registry().split("\n")];
  expect(old.filter((line) => !now.includes(line))).toEqual(["version: 1"]);
  // A key that is changed later comes in the same way.
  await make("agreement", { kid: "hospitals-agreement-2" });
  await request({ out: at("again.yaml") });
  const [, , second] = heard();
  await admit(at("again.yaml"), {
    contracts: at("contracts"),
    key: at("authority.jwk"),
    fingerprint: [second!],
  });
  expect((await load()).registry.organisations["org:hospitals"]?.keys.map(({ kid }) => kid)).toEqual([
    "hospitals-adapter-1",
    "hospitals-agreement-1",
    "hospitals-agreement-2",
  ]);
});

test("nobody is admitted whose keys were not read out, each of them, and the folder stays as it was", async () => {
  await make("agreement");
  await make("adapter");
  await request();
  const before = registry();
  const [first = "", second = ""] = heard();
  const wrong = fingerprintOf(sandboxKey("civil-agreement-1").publicJwk);
  for (const given of [[], [first], [second], [first, wrong], [first, first], [first, second, wrong]])
    await expect(admitThem(given), given.join()).rejects.toThrow("Not admitted");
  expect(registry()).toBe(before);
  await load();
});

const asks: readonly (readonly [what: string, from: string, to: string])[] = [
  ["to supervise all", "  keys:", "  supervisory: true\n  keys:"],
  ["to run a portal for citizens", "  keys:", "  portal: true\n  keys:"],
  ["to keep consents", "use: agreement", "use: consent"],
  ["to sign as another ministry's adapter", "adapter:hospitals", "adapter:civil"],
  ["to sign as a gateway", "adapter:hospitals", "gateway:main"],
  ["to be two organisations", "org:hospitals:", "org:other: {}\norg:hospitals:"],
  ["for another's token service", "  keys:", '  issuer: { iss: "https://issuer.bank.orvanda.example" }\n  keys:'],
];

test.each(asks)("an application cannot ask %s", async (_what, from, to) => {
  await make("agreement");
  await make("adapter");
  await request();
  const [file, before] = [at("application.yaml"), registry()];
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
  await expect(admitThem(heard())).rejects.toThrow(/Of org:|no application|Not admitted/);
  expect(registry()).toBe(before);
});

test("the authority signs a folder that has changed, names what it signs, and nothing that a side has not signed", async () => {
  const sign = () => signFolderAs({ contracts: at("contracts"), key: at("authority.jwk") });
  expect(await sign()).toBe(0);
  expect(said.at(-1)).toContain("nothing has changed since version 1");
  const label = at("contracts/subgraphs/civil/labels.en.yaml");
  writeFileSync(label, `${readFileSync(label, "utf8")}# read again\n`);
  await sign();
  expect(said.at(-1)).toContain("version 2 is signed.\n  ~ subgraphs/civil/labels.en.yaml");
  await load();
  rmSync(at("contracts/agreements/dsa-civil-welfare-2026/signatures/welfare.jws"));
  const before = registry();
  await expect(sign()).rejects.toThrow();
  expect(registry()).toBe(before);
});

test("seal keys are what the gateways derive, and reach the ministry whose key was read out, and nobody else", async () => {
  const { kid, bytes } = sandboxSealMaster;
  writeFileSync(at("master.json"), JSON.stringify({ [kid]: Buffer.from(bytes).toString("base64url") }), {
    mode: 0o600,
  });
  await make("seal");
  const [to, key] = [at("keys/hospitals-seal-1.public.jwk"), at("keys/hospitals-seal-1.jwk")];
  expect(publicKeysIn(at("keys"), "org:hospitals")).toEqual([]);
  const fingerprint = fingerprintOf(JSON.parse(readFileSync(to, "utf8")) as object);
  const seal = (change: object = {}) =>
    sealKeys({ for: "org:hospitals", master: at("master.json"), to, fingerprint, out: at("seals.jwe"), ...change });
  const wrong = fingerprintOf(sandboxKey("civil-agreement-1").publicJwk);
  await expect(seal({ fingerprint: wrong })).rejects.toThrow("Not made");
  await seal();
  const open = (change: object = {}) =>
    openSeals(at("seals.jwe"), { as: "org:hospitals", key, out: at("seals.json"), ...change });
  await make("seal", { kid: "another" });
  await expect(open({ key: at("keys/another.jwk") })).rejects.toThrow("does not hold");
  await expect(open({ as: "org:civil" })).rejects.toThrow("does not hold");
  await open();
  const derived = Buffer.from(deriveSealKey(kid, bytes, parseOrgId("org:hospitals")).bytes).toString("base64url");
  expect(JSON.parse(readFileSync(at("seals.json"), "utf8"))).toEqual({ "org:hospitals": { [kid]: derived } });
  expect(statSync(at("seals.json")).mode & 0o777).toBe(0o600);
  for (const shown of [said.join("\n"), readFileSync(at("seals.jwe"), "utf8")]) expect(shown).not.toContain(derived);
  await expect(open()).rejects.toThrow("is there already");
});
