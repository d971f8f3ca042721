import { isoDate } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { heldBy } from "../country/held.js";
import { toAscii } from "../country/names.js";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";
import { type CashEnrolment, cashEnrolments, payee, type PaymentState } from "../country/programmes.js";

/** A payee and the payments to it, as the payment provider's REST service holds them. */
export interface PayeeRecord {
  readonly payee_no: string;
  readonly national_id: string | null;
  readonly beneficiary_ref: string;
  readonly display_name: string;
  readonly account: { readonly number: string; readonly memo: string | null };
  readonly updated_at: string;
}

export interface PaymentRecord {
  readonly payment_id: string;
  readonly payee_no: string;
  readonly programme_code: string;
  readonly amount_minor: number;
  readonly state: string;
  readonly due_at: string;
  readonly recorded_at: string;
}

const clerks = { mis: "pay", transliterate: 0.15, missing: { born: 0.02, nid: 0.03, address: 0.15 } };
const stateCodes: Record<PaymentState, string> = { INSTRUCTED: "sent", CONFIRMED: "settled", RETURNED: "bounced" };

export function payeesOf(prf: Prf, person: Person): { payees: PayeeRecord[]; payments: PaymentRecord[] } {
  const found = cashEnrolments(prf, person).flatMap((enrolment) => recordsOf(prf, enrolment) ?? []);
  return { payees: found.map(({ record }) => record), payments: found.flatMap(({ payments }) => payments) };
}

function recordsOf(prf: Prf, enrolment: CashEnrolment): { record: PayeeRecord; payments: PaymentRecord[] } | null {
  const found = payee(prf, enrolment);
  if (!found) return null;
  const { payeeNo, account } = found;
  const held = heldBy(prf, clerks, enrolment.holder, enrolment.nid);
  const { n } = enrolment.holder;
  const record: PayeeRecord = {
    payee_no: payeeNo,
    national_id: held.nid,
    beneficiary_ref: enrolment.cashNo,
    display_name: toAscii(`${held.given} ${held.family}`),
    account: { number: account, memo: isCanary(n) ? canaryText(n, "REMARK") : null },
    updated_at: `${isoDate(enrolment.updated)}T08:30:00Z`,
  };
  const payments = found.payments.map((payment): PaymentRecord => ({
    payment_id: `${payeeNo}-${payment.number}`,
    payee_no: payeeNo,
    programme_code: "CT-01",
    amount_minor: payment.cents,
    state: stateCodes[payment.state],
    due_at: `${isoDate(payment.due)}T00:00:00Z`,
    recorded_at: `${isoDate(payment.due + 2)}T14:05:00Z`,
  }));
  return { record, payments };
}
