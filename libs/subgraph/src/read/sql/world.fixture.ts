import { type CanonicalPerson, parseAgreementId, parseOrgId, parseStrictYaml } from "#libs/terms";
import { type AdapterConfig, adapterConfigSchema } from "../config.js";
import { openMinistry } from "../ministry.js";
import type { Ministry, ReadRequest } from "../port.js";
import { subgraphSchema } from "../schema.js";
import { schemes, sdl, tables, yamlOn } from "./health.fixture.js";
import type { FixtureServer, SqlKind } from "./kind.fixture.js";

export const schema = subgraphSchema(sdl);

/** The health MIS on one kind of database, and an adapter's read side before it. */
export interface World {
  readonly kind: SqlKind;
  readonly yaml: string;
  readonly config: AdapterConfig;
  readonly server: FixtureServer;
  readonly ministry: Ministry;
  /** A second reader of the same MIS. */
  open(config: AdapterConfig): Promise<Ministry>;
  stop(): Promise<void>;
}

export async function startWorld(kind: SqlKind): Promise<World> {
  const yaml = yamlOn(kind.source);
  const config = configOf(yaml);
  const server = await kind.start(tables);
  const sealKey = { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) };
  const open = (which: AdapterConfig) => openMinistry({ config: which, schema, schemes, env: server.env, sealKey });
  const ministry = await open(config);
  return {
    kind,
    yaml,
    config,
    server,
    ministry,
    open,
    async stop() {
      await ministry.close();
      await server.stop();
    },
  };
}

export function configOf(yaml: string): AdapterConfig {
  return adapterConfigSchema.parse(parseStrictYaml(yaml));
}

export const nid = (n: number) => `nid:10000000${String(n).padStart(2, "0")}` as CanonicalPerson;

export function request(persons: readonly CanonicalPerson[], more: Partial<ReadRequest> = {}): ReadRequest {
  return {
    persons,
    variables: {},
    withhold: (rows) => rows.map(() => new Set()),
    consenting: null,
    refOf: (person) => `ref ${person}`,
    binding: { consumer: parseOrgId("org:welfare"), agreement: parseAgreementId("dsa-1") },
    now: new Date("2026-11-21T22:00:00Z"),
    signal: AbortSignal.timeout(5000),
    ...more,
  };
}
