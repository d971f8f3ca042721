import { WeftError } from "#libs/terms";
import { localName } from "./harmless.js";

/** By the header's charset, else by the document's own declaration, else UTF-8. */
export function decodedXml(bytes: Uint8Array, contentType: unknown): string {
  const declared = new TextDecoder("latin1").decode(bytes.subarray(0, 100));
  const label =
    /charset="?([\w-]+)/i.exec(typeof contentType === "string" ? contentType : "")?.[1] ??
    /^\W{0,3}<\?xml[^>]*encoding=["']([\w-]+)/.exec(declared)?.[1] ??
    "utf-8";
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    throw new WeftError("SOURCE_INVALID", { detail: "a character set that is not known here" });
  }
}

/** Characters that XML 1.0 §2.2 has no spelling for; and a whole text that the library would take for XML already written. */
const unspeakable = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]|^<(?=!\[CDATA\[)/gu;

/** Keys and filters as they may stand in a request. What XML cannot say finds nobody. */
export function sendable(template: unknown): unknown {
  if (typeof template === "string") return template.replace(unspeakable, "\u{FFFD}");
  if (Array.isArray(template)) return template.map(sendable);
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, sendable(value)]));
}

/**
 * What the library read, as JSON would say it: an element with text is its text; attributes of others stand beside their
 * elements as `@name`.
 */
export function plainAnswer(value: unknown, attributesKey: string): unknown {
  if (Array.isArray(value)) return value.map((each) => plainAnswer(each, attributesKey));
  if (typeof value !== "object" || value === null) return value;
  const { [attributesKey]: attributes, $value, ...elements } = value as Record<string, unknown>;
  if ($value !== undefined) return $value;
  const named = Object.entries(attributes ?? {}).map(([name, text]) => [`@${localName(name)}`, text] as const);
  const plain = Object.entries(elements).map(([name, each]) => [name, plainAnswer(each, attributesKey)] as const);
  return Object.fromEntries([...named, ...plain]);
}
