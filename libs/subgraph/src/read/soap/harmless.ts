import sax from "sax";
import { WeftError } from "#libs/terms";

const MOST_DEPTH = 64;
const MOST_ELEMENTS = 250_000;
const MOST_PREFIXES = 100;

/**
 * Throws `SOURCE_INVALID` for XML that must not reach the library's own parser: it keeps what it reads in plain objects, by the
 * names and ids of the document (an id `__proto__` would write to every object of this process), follows references from one
 * element to another, and reads a document within CDATA. Also what could be an entity, and what is deep or wide without end.
 * Gives the local names down to the third level, `Envelope/Body/findResponse`.
 */
export function checkHarmless(xml: string): ReadonlySet<string> {
  const prefixes = new Set<string>();
  const outline = new Set<string>();
  const open: string[] = [];
  let elements = 0;
  const parser = Object.assign(sax.parser(true, {}), {
    onerror: () => refuse("not well-formed XML"),
    ondoctype: () => refuse("XML with a document type"),
    onopentag({ name, attributes }: sax.Tag | sax.QualifiedTag) {
      open.push(localName(name));
      if (open.length <= 3) outline.add(open.join("/"));
      if (open.length > MOST_DEPTH || ++elements > MOST_ELEMENTS)
        refuse("XML that is too deep or has too many elements");
      if (isOwn(localName(name))) refuse("XML with a name that is not data");
      for (const [attribute, value] of Object.entries(attributes)) {
        if (isOwn(localName(attribute))) refuse("XML with a name that is not data");
        if (attribute === "href" || (attribute === "id" && isOwn(String(value)))) refuse("XML with references");
        if (attribute.startsWith("xmlns")) prefixes.add(attribute);
      }
      if (prefixes.size > MOST_PREFIXES) refuse("XML with too many namespaces");
    },
    onclosetag: () => void open.pop(),
    oncdata(text: string) {
      if (text.includes("<?xml")) refuse("XML within XML");
    },
  });
  parser.write(xml).close();
  return outline;
}

export function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function isOwn(name: string): boolean {
  return name in Object.prototype;
}

function refuse(detail: string): never {
  throw new WeftError("SOURCE_INVALID", { detail });
}
