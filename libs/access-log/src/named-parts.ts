import { CallerPart, ErasurePart, OutcomePart, RequestPart, TakenPart } from "./record-parts.js";
import { ReviewPart } from "./review/part.js";

/** The disclosures that have a name. */
export const namedParts = {
  caller: CallerPart,
  request: RequestPart,
  outcome: OutcomePart,
  review: ReviewPart,
  taken: TakenPart,
  erasure: ErasurePart,
} as const;
export type PartName = keyof typeof namedParts;
