import type {
  Hit,
  KeysAnswer,
  LogHealth,
  Me,
  Occasion,
  OrganisationsAnswer,
  RecordAnswer,
  RecordRequest,
  SearchAnswer,
  SearchRequest,
  Terms,
  TypedPerson,
  WordsAnswer,
} from "#libs/review";

export type { Hit, LogHealth, Me, Occasion, RecordAnswer, SearchAnswer, Terms, TypedPerson, WordsAnswer };
export type Facet = keyof NonNullable<SearchAnswer["counts"]>["facets"];
export type Counts = NonNullable<SearchAnswer["counts"]>;

/** What the server refused, by its code and sentence. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const api = {
  organisations: () => call<OrganisationsAnswer>("/api/organisations"),
  /** Public keys out of the signed registry. */
  keys: () => call<KeysAnswer>("/api/keys"),
  me: () => call<Me>("/api/me"),
  words: (language: string) => call<WordsAnswer>(`/api/words?language=${encodeURIComponent(language)}`),
  log: () => call<LogHealth>("/api/log"),
  search: (csrf: string, asked: SearchRequest) => call<SearchAnswer>("/api/search", { csrf, body: asked }),
  record: (csrf: string, asked: RecordRequest) => call<RecordAnswer>("/api/record", { csrf, body: asked }),
  signOut: (csrf: string) => call<undefined>("/api/sign-out", { csrf, body: {} }),
};

export async function call<T>(path: string, sent?: { readonly csrf: string; readonly body: object }): Promise<T> {
  const init: RequestInit = sent
    ? {
        method: "POST",
        headers: { "content-type": "application/json", "weft-csrf": sent.csrf },
        body: JSON.stringify(sent.body),
      }
    : {};
  const response = await fetch(path, { ...init, credentials: "same-origin", redirect: "error" }).catch(() => undefined);
  if (!response) throw new ApiError(0, "UNAVAILABLE", "");
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as T;
  const [{ message = response.statusText, extensions } = {}] = (body as Refusal | undefined)?.errors ?? [];
  throw new ApiError(response.status, extensions?.code ?? "UNAVAILABLE", message);
}

interface Refusal {
  readonly errors?: readonly { readonly message?: string; readonly extensions?: { readonly code?: string } }[];
}
