/** A browser without scripts, for tests: its cookie, and the ticket of the form that it shows. */
export class Browser {
  readonly #url: string;
  cookie = "";
  ticket = "";

  constructor(url: string) {
    this.#url = url;
  }

  async go(path: string, form?: Record<string, string | string[]>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(form ?? {})) for (const one of [value].flat()) body.append(name, one);
    if (form && !body.has("ticket")) body.set("ticket", this.ticket);
    const response = await fetch(this.#url + path, {
      redirect: "manual",
      method: form ? "POST" : "GET",
      headers: { cookie: this.cookie, ...headers },
      ...(form && { body }),
    });
    this.cookie = response.headers.get("set-cookie")?.split(";")[0] ?? this.cookie;
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString("utf8");
    this.ticket = /name="ticket" value="([^"]*)"/.exec(text)?.[1] ?? "";
    return { status: response.status, headers: response.headers, text, bytes };
  }

  async open(code: string, person: { scheme: string; value: string }) {
    await this.go("/answer");
    return this.go("/answer", { code, scheme: person.scheme, number: person.value });
  }

  async decide(decision: string, field: string[] = []) {
    return this.go("/answer/decision", { decision, field });
  }
}

/** Text that is markup, or that turns the direction of what follows, to whoever does not take it for text. */
export const corpus = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  "javascript:alert(1)",
  "</textarea><script>alert(1)</script>",
  "{{constructor.constructor('alert(1)')()}}",
  "\u202e<b>\u2066",
  "&lt;script&gt;",
  "\u0000<script>",
];

/** The first code that a text shows; empty where it shows none. */
export const codeIn = (html: string) => /\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b/.exec(html)?.[0] ?? "";
