import fc from "fast-check";
import { expect, test } from "vitest";
import { readStepUp } from "./step-up.js";

test("a challenge says how the officer has to sign in, and how lately", () => {
  const header = `DPoP error="insufficient_user_authentication", acr_values="urn:a:card urn:a:key", max_age="300", algs="EdDSA ES256"`;
  expect(readStepUp(header)).toEqual({ acrValues: ["urn:a:card", "urn:a:key"], maxAge: 300 });
});

test("as others write it: another scheme, another order, no quotes, one of the two alone", () => {
  expect(readStepUp(`Bearer max_age=60,error=insufficient_user_authentication`)).toEqual({ acrValues: [], maxAge: 60 });
  expect(readStepUp(`Bearer error_description="a \\"b\\", c", error="insufficient_user_authentication"`)).toEqual({
    acrValues: [],
    maxAge: undefined,
  });
});

test.each([null, "", `DPoP error="invalid_token", algs="EdDSA ES256"`, `DPoP error="use_dpop_nonce"`])(
  "%s asks for no sign-in",
  (header) => {
    expect(readStepUp(header)).toBeUndefined();
  },
);

test("what was written is read back, whatever else stands in the header", () => {
  const acr = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,40}$/);
  const other = fc
    .stringMatching(/^[a-z]{1,8}="[ -!#-\x5b\x5d-~]{0,30}"$/)
    .filter((it) => !/^(error|max_age|acr_values)=/.test(it));
  fc.assert(
    fc.property(
      fc.array(acr, { minLength: 1, maxLength: 4 }),
      fc.nat(3600),
      fc.array(other, { maxLength: 3 }),
      (acrs, maxAge, others) => {
        const wanted = [
          `error="insufficient_user_authentication"`,
          `acr_values="${acrs.join(" ")}"`,
          `max_age="${maxAge}"`,
        ];
        expect(readStepUp(`DPoP ${[...others, ...wanted].join(", ")}`)).toEqual({ acrValues: acrs, maxAge });
      },
    ),
  );
});

test("no header makes it throw or take long", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (text) => {
      readStepUp(text);
    }),
  );
});
