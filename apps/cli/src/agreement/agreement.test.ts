import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadContracts } from "#libs/contracts";
import { agreementPageWords } from "#libs/review";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sandboxKey, sandboxPrivateJwk } from "../../../sandbox/src/keys.js";
import { checkContract } from "../contract.js";
import { signFolderAs } from "../joining/registry.js";
import { newAgreement } from "./propose.js";
import { countersign, showAgreement, signAgreementAs } from "./show.js";

// Whole countries are loaded, and pages printed.
vi.setConfig({ testTimeout: 90_000 });
const id = "dsa-disability-cash-2026";
let folder: string;
let contracts: string;
const at = (name: string) => path.join(folder, name);
const said: string[] = [];
const key = (kid: string) => at(`${kid}.jwk`);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "weft-agreement-"));
  contracts = at("contracts");
  cpSync("contracts", contracts, { recursive: true });
  for (const kid of ["disability-agreement-1", "cash-agreement-1", "welfare-agreement-1", "authority-1"])
    writeFileSync(key(kid), JSON.stringify(sandboxPrivateJwk(kid)), { mode: 0o600 });
  said.length = 0;
  vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const wish = {
  provider: "org:disability",
  consumer: "org:cash",
  purpose: "eligibility-assessment",
  provision: "Cash Transfer Act s. 4(2)",
  subjects: "applicants",
  until: "2027-12-31",
  retention: "P30D",
  persons: 1,
  officerDay: 60,
} as const;
const propose = (change: object = {}) => newAgreement(id, { ...wish, contracts, ...change });
const sign = () => signAgreementAs(id, { contracts, as: "org:disability", key: key("disability-agreement-1") });
const countersigned = (change: object = {}) =>
  countersign(id, { contracts, as: "org:cash", key: key("cash-agreement-1"), language: "en", ...change });
const file = () => path.join(contracts, "agreements", id, "agreement.yaml");
const text = () => readFileSync(file(), "utf8");
const show = async (more: object = {}) => {
  await showAgreement(id, { contracts, language: "en", ...more });
  return said.at(-2)!.startsWith(id) ? said.at(-2)! : said.at(-1)!;
};
const hashOn = (page: string) => /Hash of what was signed +(sha-256:[\w-]{43})/.exec(page)?.[1] ?? "";

test("a proposed agreement grants what the schema opens for its purpose and no more, and passes the check at once", async () => {
  await propose();
  expect(text()).toContain("basis: public-task");
  expect(text()).toContain("    fields:\n      DisabilityEnrolment: [meetsStatutoryLevel]\n    filters: []\n");
  expect(await checkContract(contracts, { unsigned: true })).toBe(0);
  for (const side of ["disability", "cash"])
    expect(said).toContainEqual(
      expect.stringMatching(`^note: agreements/${id}/signatures/${side}.jws:1: is missing: org:${side} has not signed`),
    );
  await expect(propose()).rejects.toThrow(`there is an agreement ${id} already`);
});

test("what only people know is asked for, and what is not opened is not granted", async () => {
  for (const [left, what] of [
    ["provision", "--provision"],
    ["until", "--until"],
    ["retention", "--retention"],
  ])
    await expect(propose({ [left!]: undefined })).rejects.toThrow(what);
  await expect(propose({ basis: "consent" })).rejects.toThrow("org:disability opens nothing on consent");
  await expect(propose({ purpose: "enrolment" })).rejects.toThrow("org:disability opens no field for enrolment");
  await expect(propose({ purpose: "curiosity" })).rejects.toThrow("curiosity is not a purpose");
  await expect(propose({ retention: "thirty days" })).rejects.toMatchObject({
    detail: expect.stringContaining("duties.retention is not a duration"),
  });
  await expect(propose({ consumer: "org:welfare" })).rejects.toMatchObject({
    detail: expect.stringContaining("grants a purpose that"),
  });
  expect(existsSync(file())).toBe(false);
});

test("both sides sign the same text: the second only what the first signed, and only what it read", async () => {
  await propose();
  const hash = hashOn(await show());
  expect(said.at(-2)).toContain("Proposed: not in force");
  await expect(countersigned({ digest: hash })).rejects.toThrow("org:disability has not signed");
  await sign();
  await expect(countersigned()).rejects.toThrow("name its hash");
  await expect(countersigned({ digest: hashOn(await show()).replace(/.$/, "_") })).rejects.toThrow("read it again");
  writeFileSync(file(), text().replace("P30D", "P90D"));
  await expect(countersigned({ digest: hash })).rejects.toThrow();
  await sign();
  const changed = hashOn(await show());
  expect(changed).not.toBe(hash);
  await expect(countersigned({ digest: hash })).rejects.toThrow("read it again");
  await expect(countersigned({ digest: changed, as: "org:welfare", key: key("welfare-agreement-1") })).rejects.toThrow(
    "org:welfare is not a side",
  );
  expect(await countersigned({ digest: changed })).toBe(0);
  expect(await show()).toMatch(/: In force\n(?![^]*has not signed yet)/);
  await signFolderAs({ contracts, key: key("authority-1") });
  await loadContracts(contracts, { authorityKey: sandboxKey("authority-1").publicJwk, compose: false });
});

test("a text that changed after the first signature is named as that, before anybody signs it", async () => {
  await propose();
  await sign();
  writeFileSync(file(), text().replace("personsPerRequest: 1", "personsPerRequest: 50"));
  const refusal = await countersigned({ digest: "sha-256:any" }).catch((error: Error) => error);
  const { message, detail = "" } = refusal as Error & { readonly detail?: string };
  expect(message + detail).toContain("altered after signing");
});

test("the page says the same in a terminal, as a document and in print, in each language of the registry", async () => {
  await propose();
  await sign();
  for (const language of ["en", "fr", "ar"]) {
    const words = agreementPageWords(language);
    const [html, pdf] = [at(`${language}.html`), at(`${language}.pdf`)];
    const page = await show({ language, html, pdf });
    const written = readFileSync(html, "utf8");
    for (const said of [
      words.proposed,
      words.gives,
      words.signed,
      words.notSigned,
      words.digest,
      "disability-agreement-1",
    ]) {
      expect(page, language).toContain(said);
      expect(written, language).toContain(said.replaceAll("'", "&#x27;"));
    }
    expect(written).toContain(`<html lang="${language}" dir="${language === "ar" ? "rtl" : "ltr"}">`);
    const law = "Cash Transfer Act s. 4(2)";
    expect(written).toContain(language === "ar" ? `\u2068${law}\u2069` : law);
    const print = readFileSync(pdf, "latin1");
    expect(print.startsWith("%PDF-")).toBe(true);
    expect(print.match(/\/Type \/Page\b/g)?.length, language).toBe(1);
  }
});

test("whatever stands in an agreement is text on its page", async () => {
  await propose({ provision: '<script>alert("x")</script>' });
  await show({ html: at("page.html") });
  const written = readFileSync(at("page.html"), "utf8");
  expect(written).not.toContain("<script>");
  expect(written).toContain("&lt;script&gt;");
});
