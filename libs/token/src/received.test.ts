import { expect, test } from "vitest";
import { tokenRequestOf } from "./received.js";

const url = "https://register.example/consents?page=2";
const received = (headersDistinct: Record<string, string[]>) =>
  tokenRequestOf({ method: "POST", headersDistinct }, url, undefined);

test("a token and its proof are taken as they came, for the address without its query", () => {
  expect(received({ authorization: ["DPoP a"], dpop: ["b"] })).toEqual({
    authorization: "DPoP a",
    dpop: "b",
    method: "POST",
    url: "https://register.example/consents",
  });
});

test("of two tokens, or two proofs, none counts", () => {
  const { authorization, dpop } = received({ authorization: ["DPoP a", "DPoP b"], dpop: ["a", "b"] });
  expect([authorization, dpop]).toEqual([undefined, undefined]);
});
