import { parse, toSeconds } from "iso8601-duration";

/** Of an ISO 8601 duration of days or less, as adapter.yaml writes it. */
export function milliseconds(duration: string): number {
  return Math.round(toSeconds(parse(duration)) * 1000);
}
