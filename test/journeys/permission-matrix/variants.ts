import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf, jcs, parseStrictYaml } from "#libs/terms";
import { defaultContracts } from "../../../apps/sandbox/src/network.js";
import { signSandboxContracts } from "../../../apps/sandbox/src/sign-contracts.js";
import { type AgreementState, agreementsIn, agreementStates, termsIn } from "./circumstances.js";
import { type Agreement, type Papers, readPapers } from "./papers.js";

/**
 * The contracts in seven variants, signed as rising versions: as they are, with all agreements active, and then six times with each
 * agreement in another of its states. A running network is taken from one to the next by moving one link.
 */
export interface Variants {
  /** What the apps are pointed at. */
  readonly dir: string;
  /** Resolves when all variants but the first, which is there at once, are signed. */
  readonly signed: Promise<void>;
  /** The parties' papers in each variant. */
  readonly papers: readonly Papers[];
  /** Which variant has this agreement in this state. */
  whereIs(agreement: string, state: AgreementState): number;
  stateIn(variant: number, agreement: string): AgreementState;
  /** Serves a later variant; resolves when gateway, log and all adapters have taken it whole. */
  serve(
    variant: number,
    urls: { readonly gateway: string; readonly log: string; readonly adapter: string },
  ): Promise<void>;
  close(): void;
}

const PATIENCE = 20_000;
const STATES = agreementStates.length;
const VARIANTS = 1 + STATES;

/** Of the i-th agreement: active in the first variant, and then once in each state, so that neighbours differ. */
function stateOf(i: number, variant: number): AgreementState {
  return variant === 0 ? "active" : agreementStates[(i + variant) % STATES]!;
}

function variantOf(i: number, state: AgreementState): number {
  return state === "active" ? 0 : (STATES + agreementStates.indexOf(state) - (i % STATES)) % STATES || STATES;
}

export function openVariants(now: Date): Variants {
  const home = mkdtempSync(path.join(tmpdir(), "weft matrix "));
  const original = readPapers(defaultContracts);
  const names = original.agreements.map(({ agreement }) => agreement);
  const folderOf = (variant: number) => path.join(home, `variant ${variant}`);
  cpSync(defaultContracts, folderOf(0), { recursive: true });
  const sign = async () => {
    for (let variant = 1; variant < VARIANTS; variant++) {
      cpSync(defaultContracts, folderOf(variant), { recursive: true });
      for (const [i, agreement] of original.agreements.entries())
        change(path.join(folderOf(variant), "agreements", agreement.agreement), agreement, stateOf(i, variant), now);
      await signSandboxContracts(folderOf(variant), 1000 + variant);
    }
  };
  const dir = path.join(home, "contracts");
  const pointTo = (variant: number) => {
    symlinkSync(folderOf(variant), `${dir}.new`);
    renameSync(`${dir}.new`, dir);
  };
  pointTo(0);
  return {
    dir,
    signed: sign(),
    papers: Array.from({ length: VARIANTS }, (_, variant) =>
      agreementsIn(({ agreement }) => stateOf(names.indexOf(agreement), variant), original, now),
    ),
    whereIs: (agreement, state) => variantOf(names.indexOf(agreement), state),
    stateIn: (variant, agreement) => stateOf(names.indexOf(agreement), variant),
    async serve(variant, urls) {
      pointTo(variant);
      await untilServed(folderOf(variant), urls);
    },
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}

function change(folder: string, { valid }: Agreement, state: AgreementState, now: Date): void {
  const terms = termsIn(state, valid, now);
  if (terms === undefined) return rmSync(folder, { recursive: true });
  const file = path.join(folder, "agreement.yaml");
  const text = readFileSync(file, "utf8")
    .replace(/^state: .*$/m, `state: ${terms.state}`)
    .replace(/^valid: .*$/m, `valid: { from: "${terms.valid.from}", until: "${terms.valid.until}" }`);
  writeFileSync(file, text);
}

interface Ready {
  readonly facts: Readonly<Record<string, string | number>>;
}

async function untilServed(folder: string, urls: Parameters<Variants["serve"]>[1]): Promise<void> {
  const registry = parseStrictYaml(readFileSync(path.join(folder, "registry.yaml"), "utf8")) as { version: number };
  const digest = digestOf(jcs(registry));
  const factsOf = async (url: string) => ((await (await fetch(`${url}/health/ready`)).json()) as Ready).facts;
  for (const patience = performance.now() + PATIENCE; performance.now() < patience; await sleep(50)) {
    const [gateway, log, adapter] = await Promise.all([urls.gateway, urls.log, urls.adapter].map(factsOf));
    const versions = Object.entries(adapter!).filter(([name]) => name.endsWith(".contracts"));
    const isServed = versions.length > 0 && versions.every(([, version]) => version === registry.version);
    if (isServed && gateway!["contracts"] === digest && log!["contracts"] === digest) return;
  }
  throw new Error(`the apps did not take ${path.basename(folder)} within ${PATIENCE / 1000} s`);
}
