/** What an account of a database may do there, and what the tables offer it: read from the database's own catalogue. */
export interface AccountReport {
  /** Rights over the whole server or database that no reader needs, in words. */
  readonly powers: readonly string[];
  readonly tables: readonly TableRights[];
  readonly indexes: readonly TableIndexes[];
}

/** A table in which the account may do anything. */
export interface TableRights {
  /** As adapter.yaml would name it. */
  readonly table: string;
  readonly reads: readonly string[];
  readonly writes: boolean;
}

/** Of a table that is mapped. */
export interface TableIndexes {
  readonly table: string;
  /** First columns of its indexes, keys among them; "" where it is an expression. */
  readonly first: readonly string[];
  /** By the server's own estimate; null where it has none. */
  readonly rows: number | null;
}
