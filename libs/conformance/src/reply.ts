/** What came back, before it is judged. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
}

export interface Posted {
  readonly body: string;
  readonly type?: string;
  readonly method?: string;
}

/** Milliseconds; beyond, an adapter has not answered. */
const PATIENCE = 15_000;

export async function post(url: string, { body, type = "application/json", method = "POST" }: Posted): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": type },
    ...(method === "GET" ? {} : { body }),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
