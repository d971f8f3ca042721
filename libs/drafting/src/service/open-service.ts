import { readFile, stat } from "node:fs/promises";
import axios from "axios";
import { WeftError } from "#libs/terms";
import { readOpenApi } from "./openapi.js";
import type { Service } from "./service.js";
import { readWsdl } from "./wsdl.js";

/** Bytes of a document. */
const LARGEST = 8 * 1024 * 1024;
const WITHIN = 10_000;

/**
 * An OpenAPI document or a WSDL, by its URL or its file's path. It is read and nothing more: no redirect, no reference to another place, and no
 * question to the service itself. Throws `SOURCE_UNAVAILABLE` and `SOURCE_INVALID`.
 */
export async function openService(place: string): Promise<Service> {
  const isUrl = /^https?:\/\//i.test(place);
  const text = isUrl ? await fetched(place) : await fileText(place);
  const isXml = text
    .replace(/^\u{FEFF}/u, "")
    .trimStart()
    .startsWith("<");
  return isXml ? readWsdl(place, isUrl ? fetched : undefined) : readOpenApi(text.replace(/^\u{FEFF}/u, ""));
}

async function fetched(url: string): Promise<string> {
  try {
    const { data } = await axios.get<string>(url, {
      responseType: "text",
      transformResponse: (text: string) => text,
      timeout: WITHIN,
      maxRedirects: 0,
      maxContentLength: LARGEST,
      proxy: false,
    });
    return data;
  } catch (error) {
    const code = axios.isAxiosError(error) ? (error.response?.status ?? error.code) : undefined;
    throw new WeftError("SOURCE_UNAVAILABLE", { detail: `the document cannot be fetched (${code ?? "no code"})` });
  }
}

async function fileText(file: string): Promise<string> {
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) throw new WeftError("SOURCE_UNAVAILABLE", { detail: "the document's file cannot be read" });
  if (size > LARGEST) throw new WeftError("SOURCE_INVALID", { detail: "a document of more than 8 MiB" });
  return readFile(file, "utf8");
}
