import type { Orvanda } from "../orvanda.js";
import type { Signed } from "../reviewer.js";

/** The running country and who is signed in at its console; there from the first test on. */
export interface ReviewWorld {
  readonly orvanda: Orvanda;
  readonly civil: Signed;
  readonly welfare: Signed;
  readonly authority: Signed;
  /** Resolves once the search has followed the log. */
  indexed(): Promise<void>;
}
