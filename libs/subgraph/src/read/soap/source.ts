import { Client, type IHttpClient, WSSecurity } from "soap";
import { WeftError } from "#libs/terms";
import { envValue } from "../env.js";
import type { Mapping } from "../mapping.js";
import { type Api, apiSource } from "../rest/api.js";
import { type Answer, checkStatus, type Env, type Http, openHttp } from "../rest/http.js";
import { allRows } from "../rest/pages.js";
import { withParts } from "../rest/parts.js";
import { filled, type Words } from "../rest/template.js";
import type { Source } from "../source.js";
import type { SoapConfig, SoapOperation } from "../source-config.js";
import { answered } from "./answered.js";
import { ATTRIBUTES, type Definition, readDefinition } from "./definition.js";
import { faultError, findFault } from "./fault.js";
import { checkHarmless } from "./harmless.js";
import { decodedXml, plainAnswer, sendable } from "./xml-text.js";

/** A MIS behind SOAP: each operation is asked as a REST API's request is. The WSDL is read once, at the first read. */
export function openSoap(config: SoapConfig, mapping: Mapping, env: Env): Source {
  const definition = once(() => readDefinition(config, mapping, env));
  return apiSource(
    withParts(config, (url) => soapApi({ ...config, url }, definition, mapping, env)),
    mapping,
  );
}

function soapApi(config: SoapConfig, definition: () => Promise<Definition>, mapping: Mapping, env: Env): Api {
  const { auth } = config;
  const token = auth && "usernameToken" in auth ? auth.usernameToken : undefined;
  const httpAuth = auth && !("usernameToken" in auth) ? auth : undefined;
  const http = openHttp({ ...config, auth: httpAuth }, mapping, env, "text/xml, application/soap+xml");
  const security = token && {
    user: envValue(token.user, env),
    password: envValue(token.password, env),
    passwordType: token.digest ? "PasswordDigest" : "PasswordText",
  };
  const service = { http, security, version: config.version };
  return {
    offers: (resource, question) => config.resources[resource]?.[question] !== undefined,
    async ask(resource, question, asked, signal) {
      const operation = config.resources[resource]?.[question];
      if (!operation) throw new WeftError("CONTRACT_INVALID", { detail: "a resource that `resources` does not name" });
      const at = { ...service, ...(await definition()), operation, signal };
      const { connections } = mapping.config.protect;
      return allRows(operation, asked, connections, (words, next) => call(at, { ...words, $next: next ?? null }));
    },
    async health(signal) {
      await definition();
      const { status } = await http.send({ method: "GET", url: "", signal });
      if ([502, 503, 504].includes(status)) throw new WeftError("SOURCE_UNAVAILABLE", { detail: `HTTP ${status}` });
      return "the service answers";
    },
    close: () => http.close(),
  };
}

/** Until it succeeds. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () =>
    (opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    }));
}

interface Operation extends Definition {
  readonly http: Http;
  readonly security: { readonly user: string; readonly password: string; readonly passwordType: string } | undefined;
  readonly version: SoapConfig["version"];
  readonly operation: SoapOperation;
  readonly signal: AbortSignal;
}

type Method = (input: unknown, callback: (error: unknown, answer: unknown) => void) => void;

/**
 * A client of its own for each call: it keeps what it sent and read last, which is nobody's to find later. It costs a few objects;
 * connections and the WSDL are shared.
 */
async function call(at: Operation, words: Words): Promise<unknown> {
  const { wsdl, service, port, security, operation } = at;
  const client = new Client(wsdl, at.http.url, {
    httpClient: clientOf(at),
    attributesKey: ATTRIBUTES,
    forceSoap12Headers: at.version === "1.2",
  });
  if (security) client.setSecurity(new WSSecurity(security.user, security.password, security));
  const ports = client as unknown as Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, Method>>>>>
  >;
  const method = ports[service]?.[port]?.[operation.operation];
  try {
    const answer = await new Promise<unknown>((resolve, reject) => {
      method?.(sendable(filled(operation.body, words)), (error, found) => {
        if (error) reject(error instanceof Error ? error : new Error("a fault", { cause: error }));
        else resolve(found);
      });
    });
    // An answer of another name is none that the WSDL promises; an empty element is an empty answer.
    if (answer === undefined) throw new WeftError("SOURCE_INVALID", { detail: "another element than the WSDL says" });
    return plainAnswer(answer, ATTRIBUTES) ?? {};
  } catch (error) {
    if (error instanceof WeftError) throw error;
    const fault = findFault(error);
    // What is no fault may hold the answer in its message.
    if (!fault) throw new WeftError("SOURCE_INVALID", { detail: "not what the WSDL says" });
    if ([...fault.codes, ...fault.details].some((name) => operation.none.includes(name))) return undefined;
    throw faultError(fault);
  }
}

/** The library's requests over this house's own HTTP, and only what is harmless to its parser. */
function clientOf({ http, signal }: Operation): IHttpClient {
  return {
    request: answered(async (url, data, headers) => {
      const answer = await http.send({ method: "POST", url, data, headers, signal, responseType: "arraybuffer" });
      return { status: answer.status, xml: envelopeOf(answer) };
    }),
  };
}

/** Faults come with 400 or 500 (SOAP 1.1 §6.2, 1.2 part 2 §7.5.2.2) and say more than the status. */
function envelopeOf(answer: Answer): string {
  const type = String(answer.headers["content-type"] ?? "");
  const mayBeFault = (answer.status === 400 || answer.status === 500) && /\bxml\b/.test(type);
  if (!mayBeFault) checkStatus(answer);
  const xml = decodedXml(answer.data as Buffer, type);
  const outline = [...checkHarmless(xml)];
  // The library takes a document without a body for an answer that says nothing.
  if (!outline.some((at) => at.startsWith("Envelope/Body/")))
    throw new WeftError("SOURCE_INVALID", { detail: "not a SOAP envelope with a body" });
  return xml;
}
