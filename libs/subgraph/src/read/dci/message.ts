import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Asked } from "../rest/api.js";
import type { Words } from "../rest/template.js";
import type { DciResource } from "../source-config.js";

/**
 * Messages of the registry interface of the Digital Convergence Initiative, 1.0.0 (spdci/standards,
 * src/registry/social_api_v1.0.0.yaml): what is sent, and as much of an answer as is looked at.
 */
const status = z.enum(["rcvd", "pdng", "succ", "rjct"]);
const reason = z.string().nullish();
const header = z.looseObject({ status, status_reason_code: reason, is_msg_encrypted: z.boolean().nullish() });

const found = z.looseObject({
  reference_id: z.string(),
  status,
  status_reason_code: reason,
  /** `reg_records` is a list in some of the standard's registries and an object in others. */
  data: z.looseObject({ reg_records: z.union([z.array(z.unknown()), z.looseObject({})]).nullish() }).nullish(),
  pagination: z.looseObject({ total_count: z.int().nullish() }).nullish(),
});
const searchResponse = z.looseObject({ search_response: z.array(found) });
export type Found = z.infer<typeof found>;

const signed = { signature: z.unknown(), header: z.looseObject({}), message: z.looseObject({}) };
export const envelopeSchema = z.looseObject(signed);
export const searchAnswerSchema = z.looseObject({ header, message: searchResponse.partial() });
export const statusAnswerSchema = z.looseObject({
  header,
  message: z.looseObject({ txnstatus_response: z.looseObject({ txn_status: searchResponse.partial() }).nullish() }),
});
/** Some registries put the acknowledgement of an asynchronous search beside `message`'s other members, some leave it out. */
export const acknowledgementSchema = z.looseObject({
  message: z.looseObject({
    ack_status: z.string(),
    error: z.looseObject({ code: z.string().nullish() }).nullish(),
  }),
});

export interface Search {
  readonly reference: string;
  /** `query_type`, `query` and, for a list, `sort`. */
  readonly criteria: object;
  /** What was asked, for `asked`. */
  readonly words: Words;
}

/** One for each person and each type of identifier. */
export function personSearches({ idTypes }: DciResource, { keys }: Asked): readonly Search[] {
  return Object.entries(idTypes).flatMap(([scheme, type]) =>
    (keys[`$${scheme}`] ?? []).map((key): Search => {
      const value = key.toWellFormed();
      return {
        reference: "",
        criteria: { query_type: "idtype-value", query: { type, value } },
        words: { [`$${scheme}`]: value },
      };
    }),
  );
}

/** A predicate of one or two expressions; a filter that is not used is left out of it. */
export function listSearch({ page }: DciResource, words: Words): Search {
  const used = Object.entries(page?.filters ?? {}).flatMap(([filter, name]) => {
    const value = words[`$${filter}`] ?? null;
    const operator = Array.isArray(value) ? "in" : "eq";
    return value === null ? [] : [{ attribute_name: name, operator, attribute_value: value }];
  });
  const [expression1, expression2] = used;
  const more = expression2 === undefined ? {} : { condition: "and", expression2 };
  const sort = [{ attribute_name: page?.sort, sort_order: "asc" }];
  return {
    reference: "",
    criteria: { query_type: "predicate", query: [{ seq_num: 1, expression1, ...more }], sort },
    words: {},
  };
}

export interface Parties {
  readonly sender: string;
  readonly receiver: string;
}

export function headerOf(action: "search" | "txn-status", { sender, receiver }: Parties, count: number, now: Date) {
  return {
    version: "1.0.0",
    message_id: randomUUID(),
    message_ts: now.toISOString(),
    action,
    sender_id: sender,
    receiver_id: receiver,
    total_count: count,
    is_msg_encrypted: false,
  };
}

export function searchMessage(
  transaction: string,
  searches: readonly Search[],
  criteria: object,
  page: { readonly page_size: number; readonly page_number: number },
  now: Date,
) {
  return {
    transaction_id: transaction,
    search_request: searches.map(({ reference, criteria: query }) => ({
      reference_id: reference,
      timestamp: now.toISOString(),
      search_criteria: {
        version: "1.0.0",
        ...criteria,
        ...query,
        pagination: page,
      },
    })),
  };
}

export function statusMessage(transaction: string) {
  return {
    transaction_id: transaction,
    txnstatus_request: {
      reference_id: randomUUID(),
      txn_type: "search",
      attribute_type: "transaction_id",
      attribute_value: transaction,
    },
  };
}
