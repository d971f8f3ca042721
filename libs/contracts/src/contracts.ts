import type { CoordinateRule, Policy, SignedAgreement } from "#libs/policy";
import type { Coordinate, Digest, OrgId, PurposeCode } from "#libs/terms";
import type { Labels } from "./labels.js";
import type { Purpose } from "./purposes.js";
import type { NamedScheme, Registry } from "./registry.js";

/** One version of a country's contracts: verified whole, never changed once made. */
export interface Contracts {
  readonly dir: string;
  readonly version: number;
  /** Of the signed registry, which covers every file. */
  readonly digest: Digest;
  /** Of everything that a decision depends on. Records cite it. */
  readonly policyDigest: Digest;
  readonly supergraphDigest: Digest;
  readonly registry: Registry;
  /** The registry's identifier schemes, by name. */
  readonly schemes: ReadonlyMap<string, NamedScheme>;
  readonly purposes: ReadonlyMap<PurposeCode, Purpose>;
  readonly subgraphs: ReadonlyMap<OrgId, SubgraphContract>;
  readonly agreements: readonly SignedAgreement[];
  readonly rules: ReadonlyMap<Coordinate, CoordinateRule>;
  readonly policy: Policy;
  readonly supergraphSdl: string;
  /** What consumers see; empty where loaded without composing. */
  readonly publicSdl: string;
}

export interface SubgraphContract {
  /** Folder name = subgraph name, for example `civil`. */
  readonly name: string;
  readonly provider: OrgId;
  /** Complete Federation SDL: the prelude with its links, then the ministry's own part. */
  readonly sdl: string;
  /** `adapter.yaml` as JSON; null for `weft`. */
  readonly adapter: unknown;
  readonly labels: Labels;
}
