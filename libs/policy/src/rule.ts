import type { Coordinate, OrgId, PurposeCode } from "#libs/terms";
import type { LegalBasis } from "./legal-basis.js";

/**
 * What a coordinate is to policy.
 *
 * - `value`: a classed field; also a field that returns `Person`. Must be granted.
 * - `reaching`: a classed field that returns an object of the same dataController (not `Person`). Permitted where it is released
 *   and any field beneath it is granted and released.
 * - `companion`: an unclassified field of a type with personal fields (`source`, `asOf`, `quality`, `programme`). Comes along
 *   when any field of its type is granted and released.
 * - `structural`: a field of a type without personal fields (`PageInfo`, a page's `nodes`). Always permitted.
 * - `entry`: a field of `Query` that a ministry answers. Must be granted.
 * - `reference`: Weft's own `Person.id`, `Query.person`, `Query.persons`. Always permitted: it reads nothing.
 */
export type CoordinateKind = "value" | "reaching" | "companion" | "structural" | "entry" | "reference";

/** none · pseudonym · identity · socio-economic · special category */
export type PersonalClass = "P0" | "P1" | "P2" | "P3" | "P4";

/**
 * How far a release goes. `VALUE`: the field as it is. `PREDICATE`: only a field that answers from a closed list, never an open
 * value. `AGGREGATE`: only in protected aggregates, which is never a reading of rows.
 */
export type ReleaseMode = "VALUE" | "PREDICATE" | "AGGREGATE";

export interface Release {
  readonly purposes: readonly PurposeCode[];
  readonly bases: readonly LegalBasis[];
  readonly mode: ReleaseMode;
}

/**
 * `paging`: first, after. `filter`: chooses persons or rows by what is stored; must be granted. `threshold`: a value of a closed
 * list that a predicate is asked about. `claim`: what the caller already holds, to be compared.
 */
export type ArgumentKind = "paging" | "filter" | "threshold" | "claim";

export interface ArgumentRule {
  readonly name: string;
  readonly kind: ArgumentKind;
  /** The field whose stored values a filter reads: it must itself be granted and released. */
  readonly touches?: Coordinate;
}

/** One coordinate of the supergraph, as composition hands it over. A field's own release rule has replaced its type's. */
export interface CoordinateRule {
  readonly coordinate: Coordinate;
  readonly controller: OrgId;
  readonly kind: CoordinateKind;
  readonly class: PersonalClass;
  readonly category?: string;
  readonly releases: readonly Release[];
  /** Name of the type that the field returns, without list and non-null. */
  readonly named: string;
  /** What the adapter answers where a permitted field is withheld. */
  readonly unresolved?: string;
  readonly arguments: readonly ArgumentRule[];
}
