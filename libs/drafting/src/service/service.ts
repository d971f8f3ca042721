import type { Column } from "../catalogue.js";

/** What an OpenAPI document or a WSDL says of a service, as much as a draft needs of it. No datum of anybody. */
export interface Service {
  readonly kind: "rest" | "soap";
  readonly operations: readonly Operation[];
  /** Where it says that it is. */
  readonly place: string | undefined;
  readonly auth: Auth | undefined;
  /** A path that answers while the service is up. */
  readonly health: string | undefined;
  /** What was not understood or not followed. */
  readonly notes: readonly string[];
}

export type Auth =
  | { readonly as: "bearer" }
  | { readonly as: "basic" }
  | { readonly as: "header"; readonly name: string }
  | { readonly as: "other"; readonly said: string };

export interface Operation {
  /** `GET /persons/{nid}`; on SOAP the operation's name. */
  readonly name: string;
  /** Of REST. */
  readonly method: "GET" | "POST";
  readonly path: string;
  /** What a row is: the name of its schema, or where it is found. */
  readonly entity: string;
  readonly comment: string | null;
  /** Where the rows are in an answer, as adapter.yaml says it. */
  readonly rows: string;
  /** The answer holds any number of them. */
  readonly isMany: boolean;
  readonly columns: readonly ServiceColumn[];
  readonly inputs: readonly Input[];
  /** Members of the answer beside the rows: where a next page's name may stand. */
  readonly beside: readonly string[];
  /** It says 404 where nobody is found. */
  readonly says404: boolean;
}

export interface ServiceColumn extends Column {
  readonly example: string | null;
  readonly pattern: string | null;
  readonly longest: number;
}

export interface Input {
  readonly name: string;
  /** Of a body: the members in which it stands, from outside. */
  readonly within: readonly string[];
  readonly place: "path" | "query" | "body";
  /** Takes any number of values. */
  readonly isMany: boolean;
  readonly isRequired: boolean;
  /** The one value that it takes, or takes where none is given. */
  readonly fixed: string | null;
  /** Of a number. */
  readonly largest: number | null;
}
