import { day } from "./calendar.js";
import type { CastMember } from "./cast.js";

/**
 * Fifty people whose every field is a marker found nowhere else: if one of these strings turns up outside a ministry, a copy was made.
 * Texts begin with `CANARY`; numbers, amounts and dates lie where nobody else's do (born 1903, enrolled 1904, amounts above 713,700).
 */
export const CANARIES = 50;
const FIRST = 60;

export function isCanary(n: number): boolean {
  return n >= FIRST && n < FIRST + CANARIES;
}

export const canaryNumbers: readonly number[] = Array.from({ length: CANARIES }, (_, i) => FIRST + i);

export type CanaryField = "GIVEN" | "FAMILY" | "ADDRESS" | "REMARK";

/** `CANARYGIVEN07Z`: upper case and ASCII, so that no MIS spells it otherwise. */
export function canaryText(n: number, field: CanaryField): string {
  return `CANARY${field}${String(n - FIRST).padStart(2, "0")}Z`;
}

export function canaryBirth(n: number): string {
  return dateInYear(1903, n);
}

export function canarySince(n: number): string {
  return dateInYear(1904, n);
}

export function canaryAmount(n: number): string {
  return `${713_700 + n - FIRST}.37`;
}

/** A different day for each of the fifty; never one whose day and month can be exchanged. */
function dateInYear(year: number, n: number): string {
  const i = n - FIRST;
  return `${year}-${String((i % 12) + 1).padStart(2, "0")}-${String(13 + Math.floor(i / 12) * 3).padStart(2, "0")}`;
}

export function canaryCast(): (readonly [number, CastMember])[] {
  return canaryNumbers.map((n) => {
    const since = day(canarySince(n));
    return [
      n,
      {
        given: canaryText(n, "GIVEN"),
        family: canaryText(n, "FAMILY"),
        address: canaryText(n, "ADDRESS"),
        phone: `+999713700${String(n).padStart(3, "0")}`,
        sex: "F",
        born: day(canaryBirth(n)),
        district: "QV-1-01",
        stories: ["canary"],
        cash: { status: "ACTIVE", amount: canaryAmount(n), since, score: 21 },
        disability: { level: "PROFOUND", status: "ACTIVE", since },
        food: { status: "ACTIVE", since },
        farm: { status: "ACTIVE", since },
        patient: { exemption: "LONG_ILLNESS", inLongCare: true, since },
        jobseeker: true,
        insured: ["trade", "land"],
        school: { stage: "ADULT", since },
        account: true,
        lastPayment: "CONFIRMED",
      },
    ];
  });
}
