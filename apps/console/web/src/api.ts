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

interface Sent {
  readonly csrf: string;
  readonly body: object;
}

export async function call<T>(path: string, sent?: Sent): Promise<T> {
  const response = await ask(path, sent);
  const body: unknown = await response.json().catch(() => undefined);
  return body as T;
}

/** What is to be saved, under the name that the server gives it. */
export async function callForFile(path: string, sent: Sent): Promise<{ name: string; type: string; text: string }> {
  const response = await ask(path, sent);
  const name = /filename="([\w.-]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "weft-export";
  // As bytes came: a mark at the beginning tells a spreadsheet how to read them, and text() would drop it.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer());
  return { name, type: response.headers.get("content-type") ?? "", text };
}

/** Throws `ApiError` for everything that is not an answer. */
async function ask(path: string, sent: Sent | undefined): Promise<Response> {
  const init: RequestInit = sent
    ? {
        method: "POST",
        headers: { "content-type": "application/json", "weft-csrf": sent.csrf },
        body: JSON.stringify(sent.body),
      }
    : {};
  const response = await fetch(path, { ...init, credentials: "same-origin", redirect: "error" }).catch(() => undefined);
  if (!response) throw new ApiError(0, "UNAVAILABLE", "");
  if (response.ok) return response;
  const body = (await response.json().catch(() => undefined)) as Refusal | undefined;
  const [{ message = response.statusText, extensions } = {}] = body?.errors ?? [];
  throw new ApiError(response.status, extensions?.code ?? "UNAVAILABLE", message);
}

interface Refusal {
  readonly errors?: readonly { readonly message?: string; readonly extensions?: { readonly code?: string } }[];
}
