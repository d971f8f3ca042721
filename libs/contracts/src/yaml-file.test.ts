import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { agreementHead, signDetached, verifyDetached } from "./detached-jws.js";
import { orvandaKey, publicJwk } from "./orvanda.fixture.js";
import type { Problem } from "./problem.js";
import { readYaml } from "./yaml-file.js";

const anything = z.unknown();

test("any text is read or refused with a line in the file, and never throws", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a: 1", "- x", "? y", "&a b", "*a", "!t z", '"', "{", "<<: *a", "\t", "%Y")),
      (parts) => {
        const text = parts.join("\n");
        const problems: Problem[] = [];
        const read = readYaml("file.yaml", text, anything, problems);
        expect(read === undefined).toBe(problems.length > 0);
        const lines = text.split("\n").length;
        for (const { line } of problems) expect(line >= 1 && line <= lines + 1).toBe(true);
      },
    ),
  );
});

test("what JSON can say is read as JSON reads it", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (value) => {
      const text = JSON.stringify(value);
      const problems: Problem[] = [];
      expect(JSON.stringify(readYaml("file.yaml", text, anything, problems)?.json), problems[0]?.wrong).toBe(text);
    }),
  );
});

test("a signature may say when it was made, an agreement's alone, and then the time is signed too", async () => {
  const at = new Date("2026-11-22T09:00:00Z");
  const text = await signDetached("agreement+jws", { a: 1 }, signer, at);
  expect(await verifyDetached(text, "agreement+jws", { a: 1 }, keyOf)).toBe("valid");
  expect(agreementHead(text)).toEqual({ kid: signer.kid, signedAt: at });
  expect(agreementHead(await signDetached("agreement+jws", { a: 1 }, signer))).toEqual({ kid: signer.kid });
  const [head = "", , signature = ""] = text.split(".");
  const later = Buffer.from(head, "base64url")
    .toString()
    .replace(/"iat":(\d+)/, '"iat":9$1');
  const moved = `${Buffer.from(later).toString("base64url")}..${signature}`;
  expect(await verifyDetached(moved, "agreement+jws", { a: 1 }, keyOf)).toBe("malformed");
  const nearby = later.replace(/"iat":9/, '"iat":');
  const altered = nearby.replace(/"iat":(\d+)\d/, '"iat":$17');
  const respelt = `${Buffer.from(altered).toString("base64url")}..${signature}`;
  expect(await verifyDetached(respelt, "agreement+jws", { a: 1 }, keyOf)).toBe("invalid");
  const registry = await signDetached("registry+jws", { a: 1 }, signer, at);
  expect(await verifyDetached(registry, "registry+jws", { a: 1 }, keyOf)).toBe("malformed");
});

const keyOf = (kid: string): ReturnType<typeof publicJwk> | undefined =>
  kid === "civil-agreement-1" ? publicJwk(kid) : undefined;
const signer = { kid: "civil-agreement-1", key: orvandaKey("civil-agreement-1") };

test("a signature fits the content however its members are ordered, its own type, and no altered text", async () => {
  const text = await signDetached("agreement+jws", { a: 1, b: [2] }, signer);
  expect(await verifyDetached(text, "agreement+jws", { b: [2], a: 1 }, keyOf)).toBe("valid");
  expect(await verifyDetached(text, "registry+jws", { a: 1, b: [2] }, keyOf)).toBe("malformed");
  expect(await verifyDetached(text, "agreement+jws", { a: 1, b: [3] }, keyOf)).toBe("invalid");
  expect(await verifyDetached(text, "agreement+jws", { a: 1, b: [2] }, () => undefined)).toBe("unknown key");
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom("A", "z", ".", "=", "-"), async (at, character) => {
      const altered = text.slice(0, at) + character + text.slice(at + 1);
      if (altered === text) return;
      expect(await verifyDetached(altered, "agreement+jws", { a: 1, b: [2] }, keyOf)).not.toBe("valid");
    }),
  );
});
