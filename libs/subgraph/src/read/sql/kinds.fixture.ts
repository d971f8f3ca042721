import type { SqlKind } from "./kind.fixture.js";
import { mariadbKind } from "./mariadb/mariadb.fixture.js";
import { postgresKind } from "./postgres/postgres.fixture.js";
import { sqliteKind } from "./sqlite/sqlite.fixture.js";

/** Every kind of database that a MIS may be asked in SQL. What holds of one holds of all. */
export const kinds: readonly SqlKind[] = [postgresKind, mariadbKind, sqliteKind];
