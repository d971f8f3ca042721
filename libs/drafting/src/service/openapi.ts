import { parseStrictJson, parseStrictYaml, WeftError } from "#libs/terms";
import { isObject, type Json, list, objects, openReferences, type References, textOf } from "./references.js";
import { columnsOf, scalarText, typeOf, wholeSchema } from "./schema-columns.js";
import type { Auth, Input, Operation, Service } from "./service.js";
import { entityName, looksLikePerson } from "./service-words.js";

const OPERATIONS = 500;
const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/;

/** OpenAPI 3.0 and 3.1, in JSON or YAML. Throws `SOURCE_INVALID`. */
export async function readOpenApi(text: string): Promise<Service> {
  try {
    return await described(text);
  } catch (error) {
    if (error instanceof WeftError && error.code === "SOURCE_INVALID") throw error;
    // What a parser says may hold a part of the document.
    throw new WeftError("SOURCE_INVALID", { detail: "not an OpenAPI document that can be read" });
  }
}

async function described(text: string): Promise<Service> {
  const document = text.trimStart().startsWith("{") ? parseStrictJson(text) : parseStrictYaml(text);
  if (!isObject(document) || !/^3\.\d/.test(textOf(document["openapi"]) ?? ""))
    throw new WeftError("SOURCE_INVALID", { detail: "no OpenAPI 3 document: convert an older one first" });
  const refs = await openReferences(document);
  const operations = operationsOf(document, refs);
  const [server] = list(document["servers"]).map((one) => refs.find(one)?.["url"]);
  const elsewhere = [...refs.elsewhere].slice(0, 5);
  return {
    kind: "rest",
    operations,
    place: textOf(server),
    auth: authOf(document, refs),
    health: healthOf(document, refs),
    notes: elsewhere.map((pointer) => `not followed, as it leads out of the document: ${pointer}`),
  };
}

function operationsOf(document: Json, refs: References): readonly Operation[] {
  const all = objects(document["paths"]).flatMap(([path, value]) => {
    const item = refs.find(value);
    if (!item || !path.startsWith("/")) return [];
    return (["get", "post"] as const).flatMap((method) => {
      const operation = refs.find(item[method]);
      return operation ? (operationOf(path, method, item, operation, refs) ?? []) : [];
    });
  });
  return all.slice(0, OPERATIONS);
}

function operationOf(
  path: string,
  method: "get" | "post",
  item: Json,
  operation: Json,
  refs: References,
): Operation | undefined {
  const answer = answerOf(operation, refs);
  const found = answer === undefined ? undefined : rowsOf(answer, refs);
  if (!found || found.columns.length === 0) return undefined;
  const parameters = [...list(item["parameters"]), ...list(operation["parameters"])];
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method === "get" ? "GET" : "POST",
    path,
    entity: entityName(found.name ?? lastPart(path)),
    comment: textOf(operation["summary"]) ?? null,
    rows: found.rows,
    isMany: found.isMany,
    columns: found.columns,
    inputs: [...parameters.flatMap((one) => parameterOf(one, refs)), ...bodyOf(operation, refs)],
    beside: found.beside,
    says404: isObject(operation["responses"]) && Object.hasOwn(operation["responses"], "404"),
  };
}

function lastPart(path: string): string {
  return path.split("/").findLast((part) => part !== "" && !part.includes("{")) ?? "record";
}

/** The schema of the answer where all went well. */
function answerOf(operation: Json, refs: References): unknown {
  const responses = isObject(operation["responses"]) ? operation["responses"] : {};
  const code = ["200", "2XX", "201", "default"].find((one) => Object.hasOwn(responses, one));
  return code === undefined ? undefined : contentOf(refs.find(responses[code]), refs);
}

function contentOf(holder: Json | undefined, refs: References): unknown {
  const [, media] = objects(holder?.["content"]).find(([type]) => JSON_TYPE.test(type)) ?? [];
  return refs.find(media)?.["schema"];
}

interface Rows extends Pick<Operation, "rows" | "isMany" | "columns" | "beside"> {
  readonly name: string | undefined;
}

/** The answer itself is a list; or one of its members is; or it is a row, or a member that is one. */
function rowsOf(answer: unknown, refs: References): Rows | undefined {
  const whole = wholeSchema(refs, answer);
  if (!whole) return undefined;
  const direct = listOf(answer, "$", refs);
  if (direct) return direct;
  const members = objects(whole["properties"]);
  const columns = columnsOf(refs, whole, [], [refs.nameOf(answer) ?? ""]);
  const row = { rows: "$", isMany: false, columns, beside: [], name: refs.nameOf(answer) };
  if (looksLikePerson(columns)) return row;
  const beside = members.map(([name]) => name);
  const plain = members.filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
  const lists = plain.flatMap(([name, value]) => {
    const inner = wholeSchema(refs, value);
    const deeper = objects(inner?.["properties"]).filter(([each]) => /^[A-Za-z_]\w*$/.test(each));
    return [
      listOf(value, `$.${name}`, refs),
      ...deeper.map(([each, schema]) => listOf(schema, `$.${name}.${each}`, refs)),
    ].filter((one) => one !== undefined);
  });
  const widest = lists.toSorted((a, b) => b.columns.length - a.columns.length)[0];
  if (widest) return { ...widest, beside };
  const [wrapped, another] = plain.flatMap(([name, value]) => {
    const inner = wholeSchema(refs, value);
    return inner && typeOf(inner) === "object" ? [{ name, value, inner }] : [];
  });
  if (!wrapped || another || members.length > 3) return row;
  const inside = columnsOf(refs, wrapped.inner, [], [refs.nameOf(wrapped.value) ?? ""]);
  return { rows: `$.${wrapped.name}`, isMany: false, columns: inside, beside, name: refs.nameOf(wrapped.value) };
}

function listOf(value: unknown, at: string, refs: References): Rows | undefined {
  const schema = wholeSchema(refs, value);
  if (!schema || typeOf(schema) !== "array") return undefined;
  const item = wholeSchema(refs, schema["items"]);
  if (!item || typeOf(item) !== "object") return undefined;
  return {
    rows: `${at}[*]`,
    isMany: true,
    columns: columnsOf(refs, item, [], [refs.nameOf(schema["items"]) ?? ""]),
    beside: [],
    name: refs.nameOf(schema["items"]),
  };
}

function parameterOf(value: unknown, refs: References): readonly Input[] {
  const parameter = refs.find(value);
  const [name, place] = [textOf(parameter?.["name"]), textOf(parameter?.["in"])];
  if (!parameter || name === undefined || (place !== "path" && place !== "query")) return [];
  const input = inputOf(name, place, parameter["schema"], parameter["required"] === true, refs);
  // Several values go as one text with commas, which is the rule only where `explode` is off.
  return [{ ...input, isMany: input.isMany && place === "query" && parameter["explode"] === false }];
}

function bodyOf(operation: Json, refs: References): readonly Input[] {
  const schema = wholeSchema(refs, contentOf(refs.find(operation["requestBody"]), refs));
  return schema ? membersOf(schema, [], true, refs) : [];
}

function membersOf(schema: Json, within: readonly string[], isRequired: boolean, refs: References): readonly Input[] {
  const required = new Set(list(schema["required"]));
  return objects(schema["properties"]).flatMap(([name, value]) => {
    const inner = wholeSchema(refs, value);
    const isWanted = isRequired && required.has(name);
    const isObjectOfMembers = inner && typeOf(inner) === "object" && within.length < 2;
    if (isObjectOfMembers) return membersOf(inner, [...within, name], isWanted, refs);
    return [{ ...inputOf(name, "body", value, isWanted, refs), within }];
  });
}

function inputOf(name: string, place: Input["place"], value: unknown, isRequired: boolean, refs: References): Input {
  const schema = wholeSchema(refs, value) ?? {};
  const item = wholeSchema(refs, schema["items"]);
  const [only, another] = list(schema["enum"]);
  const largest = schema["maximum"];
  return {
    name,
    within: [],
    place,
    isMany: typeOf(schema) === "array" && item !== undefined && typeOf(item) !== "object",
    isRequired,
    fixed: scalarText(schema["const"] ?? (another === undefined ? only : undefined) ?? schema["default"]) ?? null,
    largest: typeof largest === "number" ? largest : null,
  };
}

/** Of the document's first requirement, or of the one scheme that it declares. */
function authOf(document: Json, refs: References): Auth | undefined {
  const schemes = objects(refs.find(document["components"])?.["securitySchemes"]);
  const [wanted] = list(document["security"]).flatMap((one) => objects(one).map(([name]) => name));
  const [, value] = schemes.find(([name]) => name === wanted) ?? schemes[0] ?? [];
  const scheme = refs.find(value);
  if (!scheme) return undefined;
  const type = textOf(scheme["type"]) ?? "";
  const http = textOf(scheme["scheme"])?.toLowerCase();
  if (type === "http" && (http === "bearer" || http === "basic")) return { as: http };
  const name = textOf(scheme["name"]) ?? "";
  if (type === "apiKey" && scheme["in"] === "header" && /^[A-Za-z0-9-]{1,60}$/.test(name))
    return { as: "header", name };
  return { as: "other", said: `${type} ${http ?? ""}`.trim() };
}

function healthOf(document: Json, refs: References): string | undefined {
  const paths = objects(document["paths"]).filter(([, item]) => refs.find(refs.find(item)?.["get"]) !== undefined);
  return paths.find(([path]) => /^\/([\w-]+\/)*(health|healthz|ping|ready|status)$/.test(path))?.[0];
}
