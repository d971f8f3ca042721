import type { Kysely } from "kysely";
import { admittedPayload } from "../record.js";
import type { StoredRecord } from "../storage.js";
import type { Tables } from "./tables.js";

export async function findRecord(db: Kysely<Tables>, index: number): Promise<StoredRecord | undefined> {
  const [found] = await readRecords(db, { from: index, to: index + 1 });
  return found;
}

/** In order. `takenSince` spares a look into the months before. */
export async function readRecords(
  db: Kysely<Tables>,
  { from, to, takenSince }: { readonly from: number; readonly to: number; readonly takenSince?: Date },
): Promise<StoredRecord[]> {
  let records = db.selectFrom("record").select(["index", "jwt", "at"]);
  let disclosures = db.selectFrom("disclosure").select(["index", "texts"]);
  if (takenSince) {
    records = records.where("at", ">=", takenSince);
    disclosures = disclosures.where("at", ">=", takenSince);
  }
  const rows = await records.where("index", ">=", from).where("index", "<", to).orderBy("index").execute();
  const texts = await disclosures.where("index", ">=", from).where("index", "<", to).execute();
  const disclosed = new Map(texts.map((row) => [Number(row.index), row.texts]));
  return rows.map((row) => storedRecord(row, disclosed.get(Number(row.index))));
}

/** What a record says of itself stands in its JWT alone. */
function storedRecord({ index, jwt, at }: Tables["record"], texts: string | undefined): StoredRecord {
  const { jti, kind, parent } = admittedPayload(jwt);
  return { index: Number(index), jti, kind, parent, jwt, at, disclosures: texts?.split("~").filter(Boolean) };
}
