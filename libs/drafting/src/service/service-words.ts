import type { Scheme } from "#libs/terms";
import { means, wordsOf } from "../words.js";
import type { Input } from "./service.js";

/** A name that stands in adapter.yaml for what a service holds. */
export function entityName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_-]+/g, "_").replaceAll(/^[^A-Za-z]+/g, "");
  return plain.slice(0, 60) || "record";
}

/** `nationalIds`, `national_id` and `NationalId` are one name. */
export function sameName(name: string): string {
  return wordsOf(name).join(" ").replace(/s$/, "");
}

export function looksLikePerson(columns: readonly { readonly name: string }[]): boolean {
  const meant = (["number", "birth", "name", "sex"] as const).filter((one) =>
    columns.some(({ name }) => means(name, one)),
  );
  return meant.length >= 2;
}

/** Whether a name says that it holds numbers of this scheme: `nid`, `cashNo` of cash-no. */
export function namesScheme(name: string, { name: scheme }: Scheme): boolean {
  const words = ` ${sameName(name)} `;
  const [first = scheme] = scheme.split("-");
  return words.includes(` ${first} `) || words.includes(` ${first}s `);
}

const columnChoice = /^(fields?|columns?|select|only|include fields|properties|attributes)$/;
const cursor = /^(cursor|after|page token|next|next token|next cursor|continuation token|start after|bookmark)$/;
const nextPage = /^(next|next cursor|next page|next page token|next token|cursor|continuation token|page token)$/;
const pageSize = /^(limit|page size|size|per page|count|max|max results|first|top)$/;
const pageNumber = /^(page|page number|page no|offset|skip|start)$/;

const plural = (name: string) => wordsOf(name).join(" ");
export const choosesColumns = ({ name, isMany }: Input) => isMany && columnChoice.test(plural(name));
export const asksNextPage = ({ name }: Input) => cursor.test(plural(name));
export const saysNextPage = (name: string) => nextPage.test(plural(name));
export const saysPageSize = ({ name }: Input) => pageSize.test(plural(name));
export const saysPageNumber = ({ name }: Input) => pageNumber.test(plural(name));
