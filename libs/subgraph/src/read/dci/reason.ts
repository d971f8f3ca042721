import { type Code, WeftError } from "#libs/terms";

/**
 * Why a registry rejects a message or a search: MsgHeaderStatusReasonCode and SearchStatusReasonCode of spdci/standards
 * release/yaml/social_api_v1.0.0.yaml. The message beside a code is the registry's own and may hold the number that was asked.
 */
const meanings: Readonly<Record<string, Code>> = {
  "rjct.version.invalid": "SOURCE_INVALID",
  "rjct.action.invalid": "SOURCE_INVALID",
  "rjct.action.not_supported": "SOURCE_INVALID",
  "rjct.message_id.duplicate": "SOURCE_REFUSED",
  "rjct.message_ts.invalid": "SOURCE_REFUSED",
  "rjct.total_count.invalid": "SOURCE_REFUSED",
  "rjct.total_count.limit_exceeded": "SOURCE_REFUSED",
  "rjct.errors.too_many": "SOURCE_UNAVAILABLE",
  "rjct.jwt.invalid": "SOURCE_REFUSED",
  "rjct.reference_id.invalid": "SOURCE_REFUSED",
  "rjct.reference_id.duplicate": "SOURCE_REFUSED",
  "rjct.timestamp.invalid": "SOURCE_REFUSED",
  "rjct.search_criteria.invalid": "SOURCE_REFUSED",
  "rjct.filter.invalid": "SOURCE_REFUSED",
  "rjct.filter.not_supported": "SOURCE_REFUSED",
  "rjct.sort.invalid": "SOURCE_REFUSED",
  "rjct.pagination.invalid": "SOURCE_REFUSED",
  "rjct.search.too_many_records_found": "SOURCE_REFUSED",
};

export function rejected(reason: string | null | undefined): WeftError {
  const known = typeof reason === "string" && Object.hasOwn(meanings, reason) ? reason : undefined;
  const code = (known === undefined ? undefined : meanings[known]) ?? "SOURCE_REFUSED";
  const detail = known ?? "rejected for a reason of the registry's own";
  return new WeftError(code, { detail, ...(code === "SOURCE_UNAVAILABLE" ? { retryAfter: 5 } : {}) });
}
