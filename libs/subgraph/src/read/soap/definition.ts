import { readFile } from "node:fs/promises";
import path from "node:path";
import { type IHttpClient, WSDL } from "soap";
import { WeftError } from "#libs/terms";
import type { Mapping } from "../mapping.js";
import { checkStatus, type Env, named, openHttp } from "../rest/http.js";
import type { SoapConfig } from "../source-config.js";
import { checkHarmless } from "./harmless.js";
import { answered } from "./answered.js";
import { decodedXml } from "./xml-text.js";

/** Where the operations of adapter.yaml are in the service's own description. */
export interface Definition {
  readonly wsdl: WSDL;
  readonly service: string;
  readonly port: string;
}

/** Every value is a text until the mapping says what it is: a number loses its zeros, a day its clock. */
const asText = (text: string) => text;
const numbers = ["int", "integer", "short", "long", "double", "float", "decimal"];
const texts = Object.fromEntries([...numbers, "bool", "boolean", "dateTime", "date"].map((type) => [type, asText]));

/** Where the library keeps an element's attributes; no XML name begins so. */
export const ATTRIBUTES = "$attributes";

/** Reads the WSDL and what it imports, from its own place only: a file's folder, or a URL's origin. */
export async function readDefinition(config: SoapConfig, mapping: Mapping, env: Env): Promise<Definition> {
  const place = named(config.wsdl, env);
  const wsdl = /^https?:/i.test(place) ? await fetched(place, config, mapping, env) : await openWsdl(place);
  return { wsdl, ...findPort(wsdl, config) };
}

/** `textAt`: how a URL is read, the WSDL's own and those of its imports. Throws `SOURCE_INVALID` and `SOURCE_UNAVAILABLE`. */
export async function openWsdl(place: string, textAt?: (url: string) => Promise<string>): Promise<WSDL> {
  if (textAt === undefined) return parsed(await fileText(place), path.resolve(place), neverAsked);
  const harmless = async (url: string) => {
    const text = await textAt(url);
    checkHarmless(text);
    return text;
  };
  const request = answered(async (url) => ({ status: 200, xml: await harmless(url) }));
  return parsed(await harmless(place), place, { request });
}

const neverAsked: IHttpClient = {
  request: answered(() => Promise.reject(new Error("a file's WSDL asks no host"))),
};

async function fileText(file: string): Promise<string> {
  try {
    return decodedXml(await readFile(file), undefined);
  } catch {
    throw new WeftError("SOURCE_UNAVAILABLE", { detail: "the WSDL's file cannot be read" });
  }
}

/** The service's own credentials go to the service's own origin and nowhere else. */
async function fetched(place: string, config: SoapConfig, mapping: Mapping, env: Env): Promise<WSDL> {
  const isOwn = new URL(place).origin === new URL(named(config.url, env)).origin;
  const auth = isOwn && config.auth && !("usernameToken" in config.auth) ? config.auth : undefined;
  const http = openHttp({ url: place, maxAnswer: config.maxAnswer, auth }, mapping, env, "text/xml");
  try {
    return await openWsdl(place, async (url) => {
      const answer = await http.send({ method: "GET", url, responseType: "arraybuffer" });
      checkStatus(answer);
      return decodedXml(answer.data as Buffer, answer.headers["content-type"]);
    });
  } finally {
    await http.close();
  }
}

function parsed(text: string, place: string, httpClient: IHttpClient): Promise<WSDL> {
  const overrideImportLocation = (found: string) => {
    if (isBeside(found, place)) return found;
    throw new WeftError("SOURCE_INVALID", { detail: "the WSDL imports from another place: keep a copy beside it" });
  };
  return new Promise((resolve, reject) => {
    const wsdl = new WSDL(text, place, {
      httpClient,
      customDeserializer: texts,
      wsdl_options: { overrideImportLocation },
    });
    wsdl.onReady((error: unknown) => {
      if (!error) resolve(wsdl);
      else reject(error instanceof WeftError ? error : new WeftError("SOURCE_INVALID", { detail: "not a WSDL" }));
    });
  });
}

function isBeside(found: string, place: string): boolean {
  if (/^https?:/i.test(place)) return URL.canParse(found) && new URL(found).origin === new URL(place).origin;
  return found.startsWith(path.dirname(place) + path.sep);
}

function findPort(wsdl: WSDL, { port: wanted, resources }: SoapConfig): Pick<Definition, "service" | "port"> {
  const asked = Object.values(resources).flatMap(({ identify, values, page }) =>
    [identify, values, page].flatMap((one) => (one ? [one.operation] : [])),
  );
  for (const [service, { ports }] of Object.entries(wsdl.definitions.services)) {
    for (const [port, { binding }] of Object.entries(ports)) {
      const offered = binding.methods as Readonly<Record<string, { readonly output?: unknown }>>;
      const fits = asked.every((operation) => Object.hasOwn(offered, operation) && offered[operation]?.output);
      if (fits && (wanted === undefined || wanted === port)) return { service, port };
    }
  }
  throw new WeftError("SOURCE_INVALID", { detail: `no port of the WSDL has ${[...new Set(asked)].join(", ")}` });
}
