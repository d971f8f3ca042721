import type { ColumnType } from "kysely";
import type { OrgId, PartyId } from "#libs/terms";
import type { InvestigationCase, InvestigationStepTaken } from "../investigation.js";

/** A bigint is read as text. */
type Index = ColumnType<string, number, number>;

export interface InvestigationTables {
  investigation: {
    id: string;
    house: OrgId;
    consumer: OrgId;
    records: ColumnType<string[], number[], number[]>;
    alert: string | null;
    reason: InvestigationCase["reason"];
    case_id: string;
    purpose: InvestigationCase["purpose"];
    state: InvestigationCase["state"];
    asked_of: NonNullable<InvestigationCase["to"]> | null;
    due: Date | null;
    reply: NonNullable<InvestigationCase["reply"]> | null;
    outcome: NonNullable<InvestigationCase["outcome"]> | null;
    taken: number;
    opened: Date;
  };
  investigation_step: {
    investigation: string;
    n: number;
    step: InvestigationStepTaken["step"];
    house: OrgId;
    officer: PartyId;
    at: Date;
    record: Index;
  };
}
