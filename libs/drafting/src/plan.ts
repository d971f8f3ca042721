import type { PersonalClass } from "./classify.js";
import type { Spelling } from "./profile.js";

/** What a draft proposes, before it is text. Each remark says whether it was guessed, or whether somebody must answer it. */
export interface Plan {
  readonly person: PlannedPerson;
  readonly types: readonly PlannedType[];
  readonly codes: readonly PlannedCodes[];
}

export interface Remark {
  readonly kind: "guess" | "ask" | "new";
  readonly text: string;
}

export interface PlannedPerson {
  readonly table: string;
  readonly identifiers: readonly PlannedIdentifier[];
  readonly where: readonly PlannedTest[];
  readonly remarks: readonly Remark[];
}

export interface PlannedIdentifier {
  readonly column: string;
  readonly scheme: string;
  readonly spelling: Spelling;
  /** The scheme's own steps, where the column needs them. */
  readonly steps: readonly string[];
  readonly remarks: readonly Remark[];
}

/** `{ ValidityTo: { "null": true } }` */
export interface PlannedTest {
  readonly column: string;
  readonly test: "isNull" | "notTrue";
}

export interface PlannedType {
  readonly name: string;
  readonly table: string;
  /** In the person's own row. */
  readonly isOwn: boolean;
  readonly on: Readonly<Record<string, string>>;
  readonly where: readonly PlannedTest[];
  readonly list: { readonly newest: string | undefined; readonly keyset: readonly string[] } | undefined;
  readonly asOf: PlannedDate | undefined;
  /** The field of Person that leads here. */
  readonly personField: string;
  readonly label: string;
  readonly description: string;
  readonly fields: readonly PlannedField[];
  readonly leftOut: readonly { readonly column: string; readonly why: string }[];
  readonly remarks: readonly Remark[];
}

export interface PlannedDate {
  readonly column: string;
  readonly date: string;
}

export interface PlannedField {
  readonly name: string;
  readonly column: string;
  /** As the SDL has it. */
  readonly type: string;
  readonly class: PersonalClass;
  readonly category: string;
  readonly label: string;
  readonly description: string;
  readonly codes?: string;
  readonly date?: string;
  readonly nulls?: readonly string[];
  readonly remarks: readonly Remark[];
}

export interface PlannedCodes {
  readonly name: string;
  readonly from?: {
    readonly table: string;
    readonly code: string;
    readonly label: string;
    readonly where: readonly PlannedTest[];
  };
  readonly inline?: readonly (readonly [code: string, value: string])[];
  /** The enum that the schema needs for it; none where the prelude has it. */
  readonly enum?: { readonly name: string; readonly values: readonly string[]; readonly description: string };
  readonly remarks: readonly Remark[];
}
