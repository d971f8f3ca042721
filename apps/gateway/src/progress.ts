import type { Caller } from "#libs/token";
import type { Operation } from "#libs/supergraph";
import type { AccessDecided } from "./decide.js";
import type { World } from "./gateway.js";

/** How far a request came before it failed: what its refusal record can say. Written by the steps, read by `refuse`. */
export interface Progress {
  readonly world: World;
  readonly now: Date;
  caller?: Caller;
  operation?: Operation;
  decided?: AccessDecided;
}
