import type { Me } from "#libs/review";
import { type ReviewerName, reviewers } from "../../apps/sandbox/src/reviewers.js";
import type { Orvanda } from "./orvanda.js";

type Urls = Pick<Orvanda["urls"], "console" | "issuer">;
type Headers = Readonly<Record<string, string | undefined>>;

/** What a browser keeps and sends, without a browser: cookies by origin, and where each request came from. */
export class Visitor {
  readonly #jars = new Map<string, Map<string, string>>();

  cookies(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    return jar;
  }

  async go(url: string, init: { readonly method?: string; readonly headers?: Headers; readonly body?: string } = {}) {
    const jar = this.cookies(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = Object.entries({ ...(cookie && { cookie }), ...init.headers }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /Max-Age=0\b|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const location = response.headers.get("location");
    return { response, text: await response.text(), next: location === null ? undefined : new URL(location, url).href };
  }
}

/** Walks from the console to the organisation's page and chooses somebody there; where the console then sent the browser. */
export async function walkToReturn(urls: Urls, name: ReviewerName, visitor = new Visitor()): Promise<string> {
  const { org, officer } = reviewers[name];
  const begun = await visitor.go(`${urls.console}/sign-in?organisation=${org}`);
  const asked = await visitor.go(begun.next!);
  const page = await visitor.go(asked.next!);
  const action = new RegExp(`action="([^"]+/${officer})"`).exec(page.text)?.[1];
  if (action === undefined) throw new Error(`The sign-in page does not offer ${officer}: ${page.text.slice(0, 500)}`);
  let at = (await visitor.go(new URL(action, urls.issuer).href, { method: "POST" })).next;
  while (at !== undefined && !at.startsWith(`${urls.console}/`)) at = (await visitor.go(at)).next;
  if (at === undefined) throw new Error("The sign-in did not come back.");
  return at;
}

/** Somebody who is signed in at the console. */
export interface Signed {
  readonly visitor: Visitor;
  readonly me: Me;
  post(path: string, body: unknown, headers?: Headers): Promise<Heard>;
  get(path: string, headers?: Headers): Promise<Heard>;
}

export interface Heard {
  readonly status: number;
  readonly headers: globalThis.Headers;
  readonly text: string;
  readonly body: never;
  readonly code: string | undefined;
}

export async function signIn(urls: Urls, name: ReviewerName, visitor = new Visitor()): Promise<Signed> {
  const { response } = await visitor.go(await walkToReturn(urls, name, visitor));
  if (response.headers.get("location") !== "/") throw new Error(`Not signed in: ${response.headers.get("location")}`);
  return signedIn(urls, visitor);
}

export async function signedIn(urls: Urls, visitor: Visitor): Promise<Signed> {
  const get = async (path: string, headers: Headers = {}) =>
    heard(await visitor.go(`${urls.console}${path}`, { headers }));
  const me = (await get("/api/me")).body as Me;
  const post = async (path: string, body: unknown, headers: Headers = {}) => {
    const own = { "content-type": "application/json", origin: urls.console, "weft-csrf": me.csrf };
    const init = { method: "POST", headers: { ...own, ...headers }, body: JSON.stringify(body) };
    return heard(await visitor.go(`${urls.console}${path}`, init));
  };
  return { visitor, me, post, get };
}

function heard({ response, text }: Awaited<ReturnType<Visitor["go"]>>): Heard {
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const body = (isJson && text !== "" ? JSON.parse(text) : undefined) as Heard["body"];
  const { errors } = (body ?? {}) as { errors?: readonly { readonly extensions: { readonly code: string } }[] };
  return { status: response.status, headers: response.headers, text, body, code: errors?.[0]?.extensions.code };
}
