import fc from "fast-check";
import { expect, test } from "vitest";
import { checkHarmless } from "./harmless.js";
import { sendable } from "./xml-text.js";

test("whatever the document, it is harmless or refused", () => {
  const name = fc.constantFrom("a", "b:c", "__proto__", "Envelope", "toString", "id", "href", "xmlns:a");
  const { xml } = fc.letrec<{ xml: string }>((tie) => ({
    xml: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc
        .tuple(name, name, fc.string(), tie("xml"))
        .map(([tag, attribute, value, inside]) => `<${tag} ${attribute}="${value}">${inside}</${tag}>`),
      fc.tuple(tie("xml"), tie("xml")).map((both) => both.join("")),
    ),
  }));
  fc.assert(
    fc.property(xml, (text) => {
      try {
        checkHarmless(text);
        expect(text).not.toMatch(/<__proto__|<!DOCTYPE/);
      } catch (error) {
        expect(error).toMatchObject({ code: "SOURCE_INVALID" });
      }
    }),
    { numRuns: 300 },
  );
});

test("no text becomes markup of the request", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.string().map((one) => `<![CDATA[${one}]]>`),
  );
  const control = (one: string) => one.split("").some((letter) => letter < " " && !"\t\n\r".includes(letter));
  const said = fc.property(text, (one) => {
    const { nid: sent } = sendable({ nid: [one] }) as { nid: [string] };
    return (
      !control(sent[0]) && !sent[0].startsWith("<![CDATA[") && sent[0].isWellFormed() && sent[0].length === one.length
    );
  });
  fc.assert(said);
  expect(sendable("<![CDATA[</nid>]]>")).toBe("\u{FFFD}![CDATA[</nid>]]>");
});
