import type { ColumnType } from "kysely";
import type { OrgId, PartyId } from "#libs/terms";
import type { Alert } from "#libs/vigilance";
import type { RevealOutcome, RevealState } from "../api.js";
import type { PersonRequest } from "../requests/request.js";
import type { RevealCase } from "../reveal.js";
import type { InvestigationTables } from "./investigation-tables.js";
import type { WorkTables } from "./work.js";

/** A bigint is read as text. */
type Index = ColumnType<string, number, number>;

/** All that the console keeps. */
export interface Tables extends InvestigationTables, WorkTables {
  session: { id: Buffer; organisation: OrgId; officer: PartyId; roles: string[]; until: Date; seen: Date };
  reveal: {
    id: string;
    asker: OrgId;
    asker_officer: PartyId;
    consumer: OrgId;
    officer: PartyId;
    record: Index;
    reason: RevealCase["reason"];
    case_id: string;
    purpose: RevealCase["purpose"];
    state: RevealState;
    due: Date;
    outcome: RevealOutcome | null;
  };
  reveal_step: {
    reveal: string;
    n: ColumnType<number, unknown, never>;
    step: RevealState;
    officer: PartyId;
    at: Date;
    record: Index;
  };
  alert: {
    id: string;
    rule: Alert["rule"];
    consumer: OrgId;
    officer: PartyId | null;
    providers: OrgId[];
    records: ColumnType<string[], number[], number[]>;
    counts: ColumnType<Record<string, number>, string, string>;
    score: number;
    at: Date;
    due: Date | null;
    state: Alert["state"];
  };
  watched_day: { organisation: OrgId; day: number; first: Index };
  request: {
    id: string;
    organisation: OrgId;
    number: string;
    due: string;
    asked: string[];
    version: number;
    said: ColumnType<PersonRequest, string, string>;
  };
}
