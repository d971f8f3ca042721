import { judgeAccount } from "../account/judge.js";
import { codeList, codeTables } from "./codes.js";
import { cursorSealer } from "./cursor.js";
import { keysOf } from "./identifier.js";
import { type Mapping, openMapping } from "./mapping.js";
import type { Ministry, MinistryOptions } from "./port.js";
import { read, type Reader } from "./read.js";
import type { Source } from "./source.js";

const CODES_EVERY = 10 * 60_000;
const CODES_WITHIN = 10_000;

/**
 * One ministry's MIS, ready to be read. Heavy drivers are loaded only for the kind of source in use. A MIS that is down does not
 * stop the adapter from starting: reads answer SOURCE_UNAVAILABLE until it is back.
 */
export async function openMinistry(options: MinistryOptions): Promise<Ministry> {
  const mapping = openMapping(options.config, options.schema, options.schemes);
  const source = await openSource(mapping, options.env);
  const reader: Reader = { schema: options.schema, mapping, source, cursors: cursorSealer(options.sealKey) };
  const codes = codeRefresher(mapping, source);
  return {
    async read(plan, request) {
      await codes.fresh();
      return read(reader, plan, request);
    },
    raw: (person, signal) => source.raw(keysOf(mapping.identifiers, [[person]]), signal),
    async health(signal) {
      try {
        return { ok: true, detail: await source.health(signal) };
      } catch (error) {
        return { ok: false, detail: error instanceof Error ? error.message : "unknown" };
      }
    },
    async account(signal) {
      const report = await source.account?.(signal);
      return report === undefined ? [] : judgeAccount(options.config, report);
    },
    close: () => source.close(),
  };
}

async function openSource(mapping: Mapping, env: MinistryOptions["env"]): Promise<Source> {
  const { source } = mapping.config;
  if (source.kind === "postgres") return (await import("./sql/postgres/source.js")).openPostgres(source, mapping, env);
  if (source.kind === "mariadb") return (await import("./sql/mariadb/source.js")).openMariadb(source, mapping, env);
  if (source.kind === "sqlite") return (await import("./sql/sqlite/source.js")).openSqlite(source, mapping, env);
  if (source.kind === "rest") return (await import("./rest/source.js")).openRest(source, mapping, env);
  if (source.kind === "soap") return (await import("./soap/source.js")).openSoap(source, mapping, env);
  if (source.kind === "dci") return (await import("./dci/source.js")).openDci(source, mapping, env);
  if (source.kind === "fhir") return (await import("./fhir/source.js")).openFhir(source, mapping, env);
  if (source.kind === "module") return (await import("./module/source.js")).openModule(source, mapping, env);
  return (await import("./file/source.js")).openFiles(source, mapping, env);
}

/** Code lists that are tables of the MIS: read before the first read, and again when they are ten minutes old. */
function codeRefresher(mapping: Mapping, source: Source): { fresh(): Promise<void> } {
  const tables = codeTables(mapping.config.codes);
  let loaded = -Infinity;
  let loading: Promise<void> | undefined;
  const load = async () => {
    const signal = AbortSignal.timeout(CODES_WITHIN);
    for (const [name, table] of tables) mapping.codes.set(name, codeList(await source.codeTable(table, signal)));
    loaded = performance.now();
  };
  return {
    async fresh() {
      if (tables.length === 0 || performance.now() - loaded < CODES_EVERY) return;
      loading ??= load().finally(() => (loading = undefined));
      const known = loaded > -Infinity;
      await loading.catch((error: unknown) => {
        if (!known) throw error;
      });
    },
  };
}
