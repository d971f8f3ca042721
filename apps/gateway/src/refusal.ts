import { type Code, WeftError } from "#libs/terms";
import type { AccessDecided } from "./decide.js";

/** The whole operation is refused because parts of it are denied and the caller asked for all or nothing. */
export class Refusal extends WeftError {
  readonly decided: AccessDecided;

  constructor(code: Code, decided: AccessDecided) {
    super(code);
    this.decided = decided;
  }
}
