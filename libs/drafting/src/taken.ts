import type { Taken } from "./guess.js";
import { fieldsIn, typesIn } from "./insert.js";

/** Names that the other ministries' schemas and the prelude have. */
export function takenBy(schemas: readonly string[]): Taken {
  return {
    types: new Set(schemas.flatMap(typesIn)),
    personFields: new Set(schemas.flatMap((sdl) => fieldsIn(sdl, "Person"))),
  };
}
