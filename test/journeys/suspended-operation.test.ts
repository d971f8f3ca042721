import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sandboxKey, sandboxPrivateJwk } from "../../apps/sandbox/src/keys.js";
import { defaultContracts } from "../../apps/sandbox/src/network.js";
import { APPLICANT } from "../../apps/sandbox/src/questions.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { signRegistry } from "../../libs/contracts/src/index.js";
import { codesOf, type Orvanda, startOrvanda } from "./orvanda.js";

const agreement = "dsa-civil-welfare-2026";
const folder = mkdtempSync(path.join(tmpdir(), "weft operations "));
const contracts = path.join(folder, "contracts");
const vital = `query Vital($who: PersonKey!) { person(key: $who) { vitalStatus { finding } identity { ageAtLeast(years: Y60) } } }`;
const wide = `query Wide($who: PersonKey!) { person(key: $who) { identity { dateOfBirth ageAtLeast(years: Y60) } } }`;

const write = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text, { mode: 0o600 });
  return path.join(folder, name);
};
const keyOf = (kid: string) => write(`${kid}.jwk`, JSON.stringify(sandboxPrivateJwk(kid)));
const weft = (...args: string[]) =>
  promisify(execFile)(process.execPath, ["dist/bin/weft.js", ...args, "--contracts", contracts], {
    cwd: repository,
  });
const signAnew = () => signRegistry(contracts, { kid: "authority-1", key: sandboxKey("authority-1").privateKey });

let orvanda: Orvanda | undefined;
beforeAll(() => cpSync(defaultContracts, contracts, { recursive: true }));
afterAll(async () => {
  await orvanda?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a consumer registers within the grant by its signature, and is told what that adds; too wide is refused", async () => {
  const key = ["--key", keyOf("welfare-agreement-1"), "--agreement", agreement];
  const first = await weft("register", write("vital.graphql", vital), ...key);
  expect(first.stdout).toContain("(Identity.ageAtLeast), of Civil Register and National ID Office");
  await signAnew();
  const again = await weft("register", write("same.graphql", vital), ...key);
  expect(again.stdout).toContain("It adds nothing");
  await signAnew();
  const refused = await weft("register", write("wide.graphql", wide), ...key).catch(
    (error: { stderr: string }) => error,
  );
  expect(refused.stderr).toMatch(/\/wide\.graphql:1: Identity\.dateOfBirth is not within the grant\n  right: /);
});

test("the provider sees it, suspends it, and the gateway refuses it from then on; other questions are answered", async () => {
  const shown = () => weft("agreement", "show", agreement).then(({ stdout }) => stdout);
  expect(await shown()).toMatch(/^Registered question +vital$/m);
  await weft("operation", "suspend", agreement, "vital", "--key", keyOf("civil-agreement-1"));
  await signAnew();
  expect(await shown()).toMatch(/^Registered question +vital, suspended by whoever gives$/m);

  orvanda = await startOrvanda({ contracts });
  const variables = { who: orvanda.who(APPLICANT) };
  const refused = await orvanda.ask({ persona: "caseworker", query: vital, variables });
  expect(codesOf(refused)).toEqual(["OPERATION_NOT_REGISTERED"]);
  expect(refused.data).toEqual({ person: { vitalStatus: null, identity: null } });
  const literal = vital.replace("Y60", "Y65");
  expect(codesOf(await orvanda.ask({ persona: "caseworker", query: literal, variables }))).toEqual([
    "OPERATION_NOT_REGISTERED",
  ]);
  const other = `query Other($who: PersonKey!) { person(key: $who) { vitalStatus { finding } } }`;
  expect(codesOf(await orvanda.ask({ persona: "caseworker", query: other, variables }))).toEqual([]);
  expect(readFileSync(path.join(contracts, `agreements/${agreement}/operations/vital.graphql`), "utf8")).toContain(
    "$l0",
  );
}, 240_000);
