/** What both gateways are asked: as the cash-transfer programme of Orvanda may ask before it pays. */
export interface BenchQuestion {
  readonly name: "person" | "roster";
  readonly says: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const payments = `payments(from: $from, first: $first) { nodes { programme amount state dueOn source asOf } pageInfo { hasNextPage } }`;

const person = `query OnePerson($who: PersonKey!, $from: Date!, $first: Int!) {
  person(key: $who) {
    id
    vitalStatus { finding source asOf }
    ${payments}
    cashTransfer {
      status since monthlyAmount source asOf
      person { vitalStatus { finding source asOf } ${payments} }
    }
  }
}`;

const roster = `query BeforePayment($district: String!, $rows: Int!, $from: Date!, $first: Int!) {
  cashTransferEnrolments(district: $district, first: $rows) {
    nodes {
      monthlyAmount
      person { vitalStatus { finding } payments(from: $from, first: $first) { nodes { state dueOn } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** Rows of the list, and payments of each person. */
export const ROWS = 50;
export const PAYMENTS = 3;

export const questions: Readonly<Record<BenchQuestion["name"], BenchQuestion>> = {
  person: {
    name: "person",
    says: "one person",
    query: person,
    variables: { who: { scheme: "NATIONAL_ID", value: nationalId(0) }, from: "2026-10-01", first: PAYMENTS },
  },
  roster: {
    name: "roster",
    says: `a list of ${ROWS}`,
    query: roster,
    variables: { district: "QV-3-07", rows: ROWS, from: "2026-10-01", first: PAYMENTS },
  },
};

export function nationalId(n: number): string {
  return String(1_000_000_001 + n);
}
