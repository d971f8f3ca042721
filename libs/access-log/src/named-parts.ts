import { CallerPart, OutcomePart, RequestPart } from "./record-parts.js";
import { ReviewPart } from "./review/part.js";

/** The disclosures that have a name. */
export const namedParts = {
  caller: CallerPart,
  request: RequestPart,
  outcome: OutcomePart,
  review: ReviewPart,
} as const;
export type PartName = keyof typeof namedParts;
