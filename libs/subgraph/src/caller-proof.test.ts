import { generateKeyPairSync } from "node:crypto";
import { compilePolicy } from "#libs/policy";
import type { OrgId, PartyId, PurposeCode, WeftError } from "#libs/terms";
import { type AccessTokenDraft, accessTokenOf, passedOnTokens, signAccessToken } from "#libs/token";
import { expect, test } from "vitest";
import { verifyCallerProof } from "./caller-proof.js";
import { decideAgain } from "./decide-again.js";
import type { MatchedFetch } from "./match-fetch.js";
import { now, provider, rules, signed } from "./serve.fixture.js";

/**
 * To a ministry: the gateway's word is not enough to break your glass. The token that the officer's own house signed must be in the record,
 * and say that this officer signed in strongly, just now, and why.
 */
const own = generateKeyPairSync("ed25519");
const stranger = generateKeyPairSync("ed25519");
const gateway = "https://gateway.test.example";
const iss = "https://issuer.clinic.example";
const key = {
  kid: "c-1",
  jwk: own.publicKey.export({ format: "jwk" }),
  from: "2026-01-01T00:00:00Z",
  until: "2027-01-01T00:00:00Z",
};
const callers = passedOnTokens([{ iss, org: "org:clinic" as OrgId, keys: [key as never] }], [gateway]);
const strongSignIn = { acr: ["urn:test:card"], maxAge: 300 };
const seconds = now.getTime() / 1000;
const REASON = "Unconscious after a fall, alone.";
const signIn = { acr: "urn:test:card", authTime: seconds - 60 };

const agreement = signed("org:clinic", {
  grants: [
    {
      purpose: "vital-interest",
      basis: "vital-interest",
      provision: "Act s. 2",
      subjects: "any",
      fields: { Health: ["level"] },
      filters: [],
    },
  ],
  limits: { personsPerRequest: 1 },
} as never);
const releases = [{ purposes: ["vital-interest"], bases: ["VITAL_INTEREST"], mode: "VALUE" }] as never;
const policyUnder = (signedAgreement: typeof agreement) =>
  compilePolicy(
    rules.map((rule) => ({ ...rule, releases })),
    [
      {
        ...signedAgreement,
        agreement: { ...signedAgreement.agreement, operations: { mode: "within-grant", folder: "operations/" } },
      },
    ],
    strongSignIn,
  );
const policy = policyUnder(agreement);

interface Shown {
  readonly token?: Partial<AccessTokenDraft>;
  readonly signer?: Parameters<typeof signAccessToken>[1];
  readonly callerProof?: string | null;
  readonly emergency?: object | null;
  readonly caller?: object;
  readonly basis?: string;
  readonly issued?: Date;
}

function fetchWith({
  token,
  signer,
  callerProof,
  emergency,
  caller,
  basis = "VITAL_INTEREST",
  issued = now,
}: Shown): MatchedFetch {
  const draft = {
    iss,
    audience: gateway,
    org: "org:clinic" as OrgId,
    client: "client:er" as PartyId,
    officer: "officer:d1" as PartyId,
    purpose: "vital-interest" as PurposeCode,
    reason: REASON,
    signIn,
    boundTo: { key: own.publicKey },
    ...token,
  };
  const text = signAccessToken(accessTokenOf(draft, issued), signer ?? { kid: "c-1", key: own.privateKey });
  const { agreement: terms, digest } = agreement;
  return {
    record: {
      caller: {
        consumer: "org:clinic",
        client: "client:er",
        officer: "officer:d1",
        purpose: "vital-interest",
        ...caller,
      },
      section: {
        agreement: terms.agreement,
        version: terms.version,
        digest,
        basis,
        callerProof:
          callerProof === null
            ? null
            : {
                token: callerProof ?? text,
                ...(emergency !== null && { emergency: emergency ?? { reason: REASON, ...signIn } }),
              },
      },
    },
    plan: { digest: "sha-256:x", coordinates: new Set(["Person.health", "Health.level"]) },
    question: { arguments: [], entries: [] },
    persons: ["nid:1000000001"],
  } as unknown as MatchedFetch;
}

async function judge(shown: Shown, at = now): Promise<string> {
  try {
    const fetch = await verifyCallerProof(fetchWith(shown), { callers }, at);
    decideAgain(fetch, { provider, version: 1, policy }, at);
    return "agreed";
  } catch (error) {
    return (error as WeftError).code;
  }
}

test("an officer who has just signed in strongly and says why is answered", async () => {
  expect(await judge({})).toBe("agreed");
});

const strange = { kid: "c-1", key: stranger.privateKey };
const claims = (parts: object) => ({ token: parts as Partial<AccessTokenDraft> });
const refused: readonly (readonly [what: string, shown: Shown, code: string])[] = [
  ["no token", { callerProof: null }, "REASON_REQUIRED"],
  ["something that is no token", { callerProof: "eyJ.eyJ.x" }, "RECORD_REJECTED"],
  ["a token that the gateway signed itself", { signer: strange }, "RECORD_REJECTED"],
  ["a token by a key that nobody knows", { signer: { ...strange, kid: "c-9" } }, "RECORD_REJECTED"],
  ["a token of another organisation's issuer", claims({ iss: "https://issuer.bank.example" }), "RECORD_REJECTED"],
  [
    "a token for somebody else than a gateway",
    claims({ audience: "https://register.test.example" }),
    "RECORD_REJECTED",
  ],
  ["another officer's token", claims({ officer: "officer:d2" }), "RECORD_REJECTED"],
  ["another client's token", claims({ client: "client:other" }), "RECORD_REJECTED"],
  ["a token for another purpose", claims({ purpose: "referral" }), "RECORD_REJECTED"],
  ["a token for another case", claims({ caseId: "er-2" }), "RECORD_REJECTED"],
  ["a token that leaves the agreement out", claims({ agreements: ["dsa-other"] }), "RECORD_REJECTED"],
  ["a token that says nothing of a sign-in", claims({ signIn: undefined }), "RECORD_REJECTED"],
  ["a token that says nothing of a reason", claims({ reason: undefined }), "RECORD_REJECTED"],
  [
    "a reason that the gateway made up",
    { emergency: { reason: "The gateway says so, believe it.", ...signIn } },
    "RECORD_REJECTED",
  ],
  [
    "a sign-in that the gateway made up",
    { emergency: { reason: REASON, ...signIn, authTime: seconds } },
    "RECORD_REJECTED",
  ],
  [
    "a way to sign in that the gateway made up",
    { emergency: { reason: REASON, ...signIn, acr: "urn:test:key" } },
    "RECORD_REJECTED",
  ],
  ["an emergency on another basis", { basis: "PUBLIC_TASK" }, "AGREEMENT_INACTIVE"],
  ["a reason that is left out of the record", { emergency: null }, "REASON_REQUIRED"],
  ["an old sign-in", signedIn({ acr: "urn:test:card", authTime: seconds - 306 }), "STEP_UP_REQUIRED"],
  ["a weak sign-in", signedIn({ acr: "urn:test:password", authTime: seconds - 1 }), "STEP_UP_REQUIRED"],
];

/** Told alike by token and record. */
function signedIn(how: typeof signIn): Shown {
  return { token: { signIn: how }, emergency: { reason: REASON, ...how } };
}

test.each(refused)("refused: %s", async (_what, shown, code) => {
  expect(await judge(shown)).toBe(code);
});

test("a token that is over opens nothing, however new its record is", async () => {
  const later = new Date(now.getTime() + 310_000);
  expect(await judge({}, later)).toBe("RECORD_REJECTED");
});

test("whose registry names no issuers believes no token", async () => {
  await expect(verifyCallerProof(fetchWith({}), {}, now)).rejects.toMatchObject({ code: "RECORD_REJECTED" });
});

test("an agreement that asks for the caller's token gets it checked, whatever the basis", async () => {
  const strict = signed("org:clinic", {
    grants: [
      {
        purpose: "referral",
        basis: "consent",
        provision: "Act",
        subjects: "any",
        fields: { Health: ["level"] },
        filters: [],
      },
    ],
    options: { discloseConsentState: false, callerProof: "required", listRecording: "provider" },
  } as never);
  const terms = {
    provider,
    version: 1,
    policy: compilePolicy(rules, [
      { ...strict, agreement: { ...strict.agreement, operations: { mode: "within-grant", folder: "operations/" } } },
    ]),
  };
  const section = { basis: "CONSENT", digest: strict.digest };
  const asked = async (shown: Shown) => {
    const fetch = fetchWith({ emergency: null, caller: { purpose: "referral" }, ...shown });
    Object.assign(fetch.record.section, section);
    return decideAgain(await verifyCallerProof(fetch, { callers }, now), terms, now);
  };
  await expect(asked({ callerProof: null })).rejects.toMatchObject({ code: "RECORD_REJECTED" });
  expect((await asked(claims({ purpose: "referral" }))).grant.purpose).toBe("referral");
});
