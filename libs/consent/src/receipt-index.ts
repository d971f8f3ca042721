import type { SubjectRef } from "#libs/terms";
import type { ConsentReceipt } from "./receipt.js";

/** Receipts by person. Of one consent record only the newest version speaks. Adding a receipt twice changes nothing. */
export class ReceiptIndex {
  readonly #bySubject = new Map<SubjectRef, Map<string, ConsentReceipt>>();

  add(receipt: ConsentReceipt): void {
    const known = this.#bySubject.get(receipt.sub) ?? new Map<string, ConsentReceipt>();
    const before = known.get(receipt.record_id);
    if (before === undefined || before.record_version < receipt.record_version) known.set(receipt.record_id, receipt);
    this.#bySubject.set(receipt.sub, known);
  }

  /** Everybody of whom there is a receipt, in force or not. */
  subjects(): Iterable<SubjectRef> {
    return this.#bySubject.keys();
  }

  receiptsOf(subjectRef: SubjectRef): readonly ConsentReceipt[] {
    const known = this.#bySubject.get(subjectRef);
    return known === undefined ? none : [...known.values()];
  }
}

const none: readonly ConsentReceipt[] = [];
